import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@ngflow/base";
import type { SavedEntry } from "@ngflow/server";
import { afterEach, expect, test } from "vitest";
import { SAVED_MAX, savedViews } from "./saved-views.ts";

const made: string[] = [];
const directory = (): string => {
  const path = mkdtempSync(join(tmpdir(), "ngflow-saved-"));
  made.push(path);
  return path;
};
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

let now = 1_000_000;
const clock = (): number => (now += 1000);
const DNS = { title: "DNS <b>", kind: "filter", text: "port 53" } as const;

test("what is saved is there after a restart, and only under the version that was read it is changed", () => {
  const data = directory();
  const store = savedViews(data, silentLog, clock);
  const first = store.write("dns", DNS, null) as SavedEntry;
  expect(store.write("dns", { ...DNS, text: "port 5353" }, null)).toBe("conflict");
  expect(store.write("dns", { ...DNS, text: "port 5353" }, "0")).toBe("conflict");
  const second = store.write("dns", { ...DNS, text: "port 5353" }, first.version) as SavedEntry;
  // The other browser still has the first version.
  expect(store.write("dns", { ...DNS, text: "port 1" }, first.version)).toBe("conflict");
  expect(store.remove("dns", first.version)).toBe("conflict");
  const again = savedViews(data, silentLog, clock);
  expect(again.list()).toEqual([second]);
  expect(readdirSync(join(data, "saved"))).toEqual(["dns.json"]);
  expect(again.remove("dns", second.version)).toBe("removed");
  expect(savedViews(data, silentLog).list()).toEqual([]);
});

test("a change there and back is another version", () => {
  const store = savedViews(directory(), silentLog, clock);
  const first = store.write("a", DNS, null) as SavedEntry;
  const changed = store.write("a", { ...DNS, text: "any" }, first.version) as SavedEntry;
  const back = store.write("a", DNS, changed.version) as SavedEntry;
  expect(back.version).not.toBe(first.version);
});

test("a damaged file is passed over, hides no other one, and is not overwritten", () => {
  const data = directory();
  savedViews(data, silentLog, clock).write("good", DNS, null);
  const bad = join(data, "saved", "bad.json");
  writeFileSync(bad, '{"title":"x","kind":"page","text":"//evil.example/"}');
  writeFileSync(join(data, "saved", "worse.json"), "{");
  const store = savedViews(data, silentLog, clock);
  expect(store.list().map(({ name }) => name)).toEqual(["good"]);
  expect(store.write("bad", DNS, null)).toBe("conflict");
  expect(readFileSync(bad, "utf8")).toContain("evil");
});

test("there is a bound, and at it entries can still be changed", () => {
  const store = savedViews(directory(), silentLog, clock);
  for (let i = 0; i < SAVED_MAX; i++) store.write(`n${i}`, DNS, null);
  expect(store.write("one-more", DNS, null)).toBe("full");
  expect(store.write("n0", DNS, store.read("n0")!.version)).toMatchObject({ name: "n0" });
});
