import type { LearnedName } from "@ngflow/flows";
import { expect, test } from "vitest";
import { unionNames } from "./union-names.ts";

const day = (number: number): string => `2026-01-0${number}T00:00:00.000Z`;

const name = (id: string, text: string, from: number, to: number | null): LearnedName => ({
  ...{ kind: "interface", exporter: "192.0.2.1", domain: 0, id, name: text, description: "" },
  ...{ from: day(from), to: to === null ? null : day(to) },
});

test("names of several collectors are one list, the same whoever makes it", () => {
  const one = [name("1", "eth0", 1, null), name("2", "eth1", 1, 4)];
  const two = [name("1", "uplink", 3, null), name("2", "eth1", 2, null), name("3", "lo", 1, null)];
  const both = [
    name("1", "eth0", 1, 3),
    name("1", "uplink", 3, null),
    name("2", "eth1", 1, null),
    name("3", "lo", 1, null),
  ];
  expect(unionNames([one, two])).toEqual(both);
  expect(unionNames([two, [], one])).toEqual(both);
  // One list stays the array that it is.
  expect(unionNames([[], one])).toBe(one);
});
