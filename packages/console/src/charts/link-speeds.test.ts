import { expect, test } from "vitest";
import { askLinkSpeeds } from "./ask-link-speeds.ts";
import { linkOf, onlyLink, pinsOf } from "./link-speeds.ts";
import { groupFactor } from "./units.ts";

const get = ((_: string, { interfaces }: { interfaces: string[] }) =>
  Promise.resolve({
    speeds: Object.fromEntries(interfaces.flatMap((key) => (key.endsWith("/9") ? [] : [[key, 1e9]]))),
  })) as never;

test("terms of a filter pin an exporter and an interface; what is not one of each pins nothing", () => {
  expect(pinsOf("ExporterAddr = 192.0.2.1 and (inif == 3) and Proto = tcp")).toEqual({
    ExporterAddr: "192.0.2.1",
    InIf: "3",
  });
  for (const filter of ["InIf = 1 or InIf = 2", "InIf in [1 2]", "InIf != 3", "not InIf = 3", "InIf > 3"])
    expect(pinsOf(filter)).toEqual({});
});

test("a group is of the interface of the filter, or of its own; never of that of another exporter", () => {
  expect(linkOf({ ExporterAddr: "192.0.2.1", OutIf: 4 }, {})).toBe("192.0.2.1/4");
  expect(linkOf({ OutIf: 4 }, { ExporterAddr: "192.0.2.1", InIf: "3" })).toBe("192.0.2.1/3");
  expect(linkOf({ InIf: 4 }, {})).toBe(null);
  expect(linkOf({ Proto: 6 }, { ExporterAddr: "192.0.2.1" })).toBe(null);
  expect(linkOf({ ExporterAddr: "192.0.2.1", InIf: 0 }, {})).toBe(null);
});

test("one interface has one speed for all groups and their total", async () => {
  const links = await askLinkSpeeds(get, "ExporterAddr = 192.0.2.1 and InIf = 3", [
    { rows: [{ Proto: 6 }], dims: ["Proto"] },
  ]);
  expect(onlyLink(links!)).toEqual({ link: "192.0.2.1/3", speed: 1e9 });
});

test("groups of several interfaces have parts of their own speeds; total, others and unknown ones have none", async () => {
  const rows = [1, 2, 9].map((InIf) => ({ InIf }));
  const links = await askLinkSpeeds(get, "ExporterAddr = 192.0.2.1", [
    { rows: [...rows, { InIf: null }], dims: ["InIf"] },
  ]);
  expect(onlyLink(links!)).toBe(null);
  const part = (mark: { InIf: number } | null) => groupFactor({ unit: "util", speed: null, links }, 1000, mark);
  expect(125_000_000 * part({ InIf: 1 })!).toBe(100);
  expect([part({ InIf: 9 }), part(null)]).toEqual([null, null]);
  expect(await askLinkSpeeds(get, "", [{ rows, dims: ["InIf"] }])).toBe(null);
});
