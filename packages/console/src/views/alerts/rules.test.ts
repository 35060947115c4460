import { expect, test } from "vitest";
import { definitionOf, draftOf, EMPTY, type Draft } from "./rules.ts";

test("the form of a rule says what the rule says, whatever fields the form has", () => {
  const rules = [
    { name: "upload", condition: "threshold", metric: "bps", by: ["SrcAddr", "DstPort"], above: "100M" },
    { name: "odd", condition: "ratio", metric: "pps", above: 3, weeks: 2, labels: { team: "noc" } },
    { name: "scan", condition: "fan-out", severity: "critical", by: ["SrcAddr"], of: "DstPort", above: 100, for: "5m" },
    { name: "quiet", condition: "exporter-silent", window: "15m", filter: "net 10/8" },
  ];
  for (const rule of rules) expect(definitionOf(draftOf(rule))).toEqual(rule);
});

test("fields of another condition and what is empty are left out", () => {
  const draft: Draft = { ...EMPTY, name: " gone ", condition: "absent", above: "5", metric: "pps", by: " DstPort ,, " };
  expect(definitionOf(draft)).toEqual({ name: "gone", condition: "absent", by: ["DstPort"] });
  expect(() => definitionOf({ ...draft, more: "{" })).toThrow();
});
