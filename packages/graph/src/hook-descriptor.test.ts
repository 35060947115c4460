import { expect, it } from "vitest";
import { hookDescriptor } from "./hook-descriptor.ts";
import { testType } from "./testing/fixture.ts";

const summary = "Packets.";

it("finds the row that a hook name belongs to", () => {
  const type = testType("meter", undefined, {
    hooks: [
      { name: "in<N>", summary },
      { name: "export", summary, carries: "export" },
      { name: "export<V>_<N>", summary, carries: "export" },
      { name: "a.b", summary },
    ],
  });
  const row = (name: string): string | undefined => hookDescriptor(type, name)?.name;
  expect(["in0", "in17", "export", "export9_2", "a.b"].map(row)).toEqual([
    "in<N>",
    "in<N>",
    "export",
    "export<V>_<N>",
    "a.b",
  ]);
  for (const name of ["in", "inx", "in1x", "xin1", "export9", "export_2", "axb", ""]) expect(row(name)).toBeUndefined();
});

it("takes any name for <any>, after the rows before it", () => {
  const type = testType("hub", undefined, {
    hooks: [
      { name: "uplink", summary },
      { name: "<any>", summary },
    ],
  });
  expect(hookDescriptor(type, "uplink")?.name).toBe("uplink");
  for (const name of ["uplink2", "x", "a\nb"]) expect(hookDescriptor(type, name)?.name).toBe("<any>");
});
