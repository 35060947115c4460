import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@ngflow/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NameIds } from "./name-ids.ts";
import { idReader } from "./read-ids.ts";

let directory: string;
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "ngflow-ids-"))));
afterEach(() => rmSync(directory, { recursive: true }));
const path = (): string => join(directory, "state", "ids.ndjson");
const network = (name: string) => ({ kind: "network" as const, texts: { name, site: "tokyo" } });

describe("numbers of networks and places", () => {
  it("stay over restarts, and are read by others as they are added", () => {
    const read = idReader(path());
    expect(read().network).toStrictEqual({});
    const first = new NameIds(path(), silentLog);
    const office = first.idOf(network("Office"));
    expect(read().network.name).toStrictEqual(new Map([[office, "Office"]]));
    const before = read();
    expect(read()).toBe(before);
    const place = first.idOf({ kind: "place", texts: { country: "JP", state: "", city: "" } });
    first.close();
    const second = new NameIds(path(), silentLog);
    expect(second.idOf(network("Office"))).toBe(office);
    const lab = second.idOf(network("Lab"));
    expect(lab).not.toBe(place);
    second.close();
    expect(read().network.site).toStrictEqual(
      new Map([
        [office, "tokyo"],
        [lab, "tokyo"],
      ]),
    );
    expect(read().place).toStrictEqual({ country: new Map([[place, "JP"]]) });
  });

  it("are not used again when their lines were lost", () => {
    const first = new NameIds(path(), silentLog);
    const lost = first.idOf(network("Lost"));
    first.close();
    // What is synced is the reservation.
    writeFileSync(
      path(),
      readFileSync(path(), "utf8")
        .split("\n")
        .filter((line) => line.includes("reserved"))
        .join("\n"),
    );
    appendFileSync(path(), '\n{"id":2,"kind":"netw');
    const second = new NameIds(path(), silentLog);
    expect(second.idOf(network("Other"))).toBeGreaterThan(lost);
    second.close();
    expect([...idReader(path())().network.name!.values()]).toStrictEqual(["Other"]);
  });

  it("are 0 without texts, and where the file cannot be written", () => {
    const ids = new NameIds(join("/dev/null", "ids"), silentLog);
    expect(ids.idOf({ kind: "place", texts: { country: "", state: "", city: "" } })).toBe(0);
    expect(ids.idOf(network("Office"))).toBe(0);
    expect(ids.refused).toBe(1);
  });
});
