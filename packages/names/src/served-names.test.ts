import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@ngflow/base";
import { afterAll, expect, test } from "vitest";
import { ServedNames } from "./served-names.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-served-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
let names: ServedNames | undefined;
afterAll(async () => {
  await names?.stop();
  rmSync(folder, { recursive: true });
});

test("answers have names of other files and another DNS server after a reload", async () => {
  const [first, second] = [file("first", "192.0.2.1 one\n"), file("second", "192.0.2.1 two\n192.0.2.2 other\n")];
  names = new ServedNames({ hosts: [first], stateDir: folder }, { log: silentLog, clock: { nowMs: Date.now } });
  await names.start();
  const host = (address: string): string | undefined => names!.hostNames()?.get(address);
  expect([host("192.0.2.1"), names.wants]).toEqual(["one", false]);
  await expect(names.prepare({ hosts: [first, join(folder, "gone")] })).rejects.toThrow("there is no such file");
  const vendors = file("manuf", "00:00:5E\tICANN\tICANN\n");
  const change = await names.prepare({ hosts: [second, first], macVendors: vendors, reverseDns: "192.0.2.53" });
  expect([host("192.0.2.1"), host("192.0.2.2")]).toEqual(["one", undefined]);
  await change.apply();
  expect([host("192.0.2.1"), host("192.0.2.2"), names.wants]).toEqual(["two", "other", true]);
  expect(names.tables().vendor?.name?.size).toBe(1);
  expect(names.status().map(({ kind, from }) => [kind, from])).toEqual([
    ...[
      ["hosts", second],
      ["hosts", first],
      ["mac-vendors", vendors],
      ["reverse-dns", "192.0.2.53"],
    ],
  ]);
  await (await names.prepare({})).apply();
  expect([names.hostNames(), names.wants, names.status()]).toEqual([null, false, []]);
});
