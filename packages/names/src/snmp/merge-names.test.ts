import type { LearnedName } from "@ngflow/flows";
import { expect, it } from "vitest";
import { mergeNames } from "./merge-names.ts";

const row = (id: string, name: string, domain = 0, kind: LearnedName["kind"] = "interface"): LearnedName => ({
  kind,
  exporter: "192.0.2.1",
  domain,
  id,
  name,
  description: "",
  from: "2026-01-01T00:00:00.000Z",
  to: null,
});

it("names of options hold where there are any, those of SNMP elsewhere", () => {
  const options = [row("1", "of options", 5)];
  const snmp = [row("1", "of snmp"), row("2", "of snmp"), row("1", "an alias", 0, "interface-alias")];
  expect(mergeNames(options, snmp)).toEqual([options[0], snmp[1], snmp[2]]);
  expect(mergeNames(options, [])).toBe(options);
  expect(mergeNames([], snmp)).toBe(snmp);
});
