import { parseFilter, parseQuery } from "@ngflow/flows";
import { expect, test } from "vitest";
import { pageOfPair, pageOfValue } from "./links.ts";
import { filterOfThing, thingOf, THINGS } from "./things.ts";
import { addressOf, networkOf, portOf } from "./values.ts";

const paramsOf = (pattern: string, example: string): Record<string, string> => {
  const [names, values] = [pattern.split("/"), example.split("/")];
  return Object.fromEntries(
    names.flatMap((name, i) => (name.startsWith(":") ? [[name.slice(1), decodeURIComponent(values[i]!)]] : [])),
  );
};

test.each(THINGS.map((thing) => [thing.path, thing] as const))(
  "%s: the example is a thing, its filters and questions can be asked",
  (path, thing) => {
    const params = paramsOf(path, thing.example);
    expect(thingOf(params)).toBe(thing);
    const at = thing.at(params)!;
    for (const of of ["in", "out", "both"] as const) {
      for (const filter of ["", "Proto = tcp or Proto = udp"]) {
        expect(() => parseFilter(filterOfThing(at, of, filter))).not.toThrow();
      }
    }
    for (const { by } of thing.questions) expect(() => parseQuery({ by: by.join() }, 1e12)).not.toThrow();
    const titles = thing.questions.map(({ title }) => title.en);
    expect(new Set(titles).size).toBe(titles.length);
    const nonsense = Object.fromEntries(Object.keys(params).map((name) => [name, "<script>alert(1)</script>"]));
    expect(thing.at(nonsense)).toBeNull();
  },
);

test("the filter of the page narrows both directions, not only the second", () => {
  const at = THINGS[0]!.at({ address: "10.0.0.1" })!;
  expect(filterOfThing(at, "both", "Proto = tcp")).toBe("(DstAddr = 10.0.0.1 or SrcAddr = 10.0.0.1) and (Proto = tcp)");
  expect(filterOfThing(at, "in", "Proto = tcp")).toBe("DstAddr = 10.0.0.1 and (Proto = tcp)");
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["192.0.2.256", null],
  ["1.2.3", null],
  ["example", null],
  ["::1] or any [", null],
])("address %s is %s", (text, address) => {
  expect(addressOf(text)).toBe(address);
});

test("prefixes and ports are checked", () => {
  expect([networkOf("10.0.0.0/8"), networkOf("2001:db8::/32"), networkOf("10.0.0.1")]).toEqual([
    "10.0.0.0/8",
    "2001:db8::/32",
    "10.0.0.1/32",
  ]);
  expect([networkOf("10.0.0.0/33"), networkOf("10.0.0.0/8/8"), portOf("65536"), portOf("-1"), portOf("1e3")]).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

test("values lead to the page of their thing, and what is not recorded to none", () => {
  const row = { ExporterAddr: "192.0.2.9", SrcAddr: "10.0.0.1", DstAddr: "2001:db8::1", InIf: 3, OutIf: 0 };
  const page = (name: string, value: unknown): string | null => pageOfValue(name, value, row);
  expect(page("SrcAddr", "10.0.0.1")).toBe("/host/10.0.0.1");
  expect(page("DstAddr", "2001:db8::1")).toBe("/host/2001:db8::1");
  expect(page("InIf", 3)).toBe("/interface/192.0.2.9/3");
  expect(page("SrcAddr/24", "10.0.0.0/24")).toBe("/network/10.0.0.0%2F24");
  expect([page("OutIf", 0), page("SrcAS", 0), page("NextHop", "0.0.0.0"), page("Proto", "tcp")]).toEqual([
    null,
    null,
    null,
    null,
  ]);
  expect(pageOfPair(row)).toBe("/conversation/10.0.0.1/2001:db8::1");
});
