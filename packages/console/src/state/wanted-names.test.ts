import { expect, test } from "vitest";
import { WantedNames } from "./wanted-names.ts";

const NONE = { hosts: {}, interfaces: {}, hasHosts: true };

test("what is shown is asked for once, together", () => {
  const names = new WantedNames();
  expect(names.note("hosts", "192.0.2.1", 0)).toBe(true);
  names.note("hosts", "192.0.2.1", 0);
  names.note("interfaces", "192.0.2.9/3", 0);
  expect(names.isEmpty).toBe(false);
  expect(names.take(0)).toEqual({ hosts: ["192.0.2.1"], interfaces: ["192.0.2.9/3"] });
  expect(names.note("hosts", "192.0.2.1", 100)).toBe(false);
  expect(names.isEmpty).toBe(true);
});

test("a name is asked for again after ten minutes, a missing one after half a minute", () => {
  const names = new WantedNames();
  names.note("hosts", "192.0.2.1", 0);
  names.note("hosts", "192.0.2.2", 0);
  names.answered(names.take(0), { ...NONE, hosts: { "192.0.2.1": "a" } }, 0);
  expect([names.note("hosts", "192.0.2.1", 31_000), names.note("hosts", "192.0.2.2", 31_000)]).toEqual([false, true]);
  expect(names.note("hosts", "192.0.2.1", 600_001)).toBe(true);
});

test("without a source of names of hosts they are asked for seldom, interfaces as before", () => {
  const names = new WantedNames();
  names.note("hosts", "192.0.2.1", 0);
  names.note("interfaces", "192.0.2.9/3", 0);
  names.answered(names.take(0), { ...NONE, hasHosts: false }, 0);
  expect([names.note("hosts", "192.0.2.1", 60_000), names.note("interfaces", "192.0.2.9/3", 60_000)]).toEqual([
    false,
    true,
  ]);
});

test("a request has at most 500 of a kind, the others are in the next", () => {
  const names = new WantedNames();
  for (let i = 0; i < 700; i++) names.note("hosts", `h${i}`, 0);
  expect(names.take(0).hosts).toHaveLength(500);
  expect(names.isEmpty).toBe(false);
  expect(names.take(0).hosts).toHaveLength(200);
});
