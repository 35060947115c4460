import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LearnedName } from "@ngflow/flows";
import { afterEach, describe, expect, it } from "vitest";
import { addImportedNames, joinNames } from "./imported-names.ts";
import { namesReader } from "./snmp/snmp-file.ts";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, second)).toISOString();

function named(name: string, from: number, to: number | null = null, id = "1", exporter = "192.0.2.1"): LearnedName {
  const end = to === null ? null : at(to);
  return { kind: "interface", exporter, domain: 0, id, name, description: "", from: at(from), to: end };
}

describe("names of two sources", () => {
  it("follow each other, each until the next one begins", () => {
    const joined = joinNames([named("new", 30)], [named("old", 10), named("other", 5, null, "2")]);
    expect(joined).toEqual([named("old", 10, 30), named("new", 30), named("other", 5, null, "2")]);
    expect(joinNames([named("a", 10, 20), named("b", 20)], [named("c", 15)])).toEqual([
      named("a", 10, 15),
      named("c", 15, 20),
      named("b", 20),
    ]);
  });

  it("keep a gap that was known, and are one while they are the same", () => {
    expect(joinNames([named("a", 10, 20)], [named("b", 30)])).toEqual([named("a", 10, 20), named("b", 30)]);
    expect(joinNames([named("a", 10, 20)], [named("a", 30, 40)])).toEqual([named("a", 10, 40)]);
    expect(joinNames([named("a", 10)], [named("a", 30, 40)])).toEqual([named("a", 10)]);
  });

  it("that begin together: the second source's holds", () => {
    expect(joinNames([named("a", 10)], [named("b", 10)])).toEqual([named("b", 10)]);
  });
});

describe("the file of imported names", () => {
  const folder = mkdtempSync(join(tmpdir(), "ngflow-imported-names-"));
  const file = join(folder, "import", "names.ndjson");
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("has those of every import, whatever their order, and starts again when it is damaged", async () => {
    const read = namesReader(file);
    expect(read()).toEqual([]);
    await addImportedNames(file, [named("second", 50)]);
    await addImportedNames(file, []);
    await addImportedNames(file, [named("first", 10), named("else", 1, null, "1", "192.0.2.9")]);
    expect(read()).toEqual([named("first", 10, 50), named("second", 50), named("else", 1, null, "1", "192.0.2.9")]);
    writeFileSync(file, "{damaged");
    await addImportedNames(file, [named("third", 60)]);
    expect(read()).toEqual([named("third", 60)]);
  });

  it("is bounded: names that began first give way", async () => {
    const rows = Array.from({ length: 65_546 }, (_, id) => named("a", 60_000 + id, null, String(id)));
    await addImportedNames(file, rows);
    const kept = namesReader(file)();
    expect(kept).toHaveLength(65_536);
    expect(kept[0]!.id).toBe("10");
  });
});
