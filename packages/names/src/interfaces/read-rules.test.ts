import { describe, expect, it } from "vitest";
import { readInterfaceRules, type RuledInterface } from "./read-rules.ts";

const RULES = `
rules:
  - { exporter: ^edge, alias: '^Transit: (?<provider>\\S+)', boundary: external, connectivity: transit, provider: $<provider> }
  - { alias: '^IX:', boundary: external, connectivity: ix }
  - { exporter: ^192\\.0\\.2\\., name: ^gi, min-speed: 10G, connectivity: backbone }
  - { boundary: internal }
`;

const some = (values: Partial<RuledInterface>): RuledInterface => ({
  address: "198.51.100.1",
  exporter: "",
  name: "",
  description: "",
  alias: "",
  speedBps: 0,
  ...values,
});

describe("rules for interfaces", () => {
  const { classOf, count } = readInterfaceRules(RULES);

  it.each([
    [{ exporter: "edge-1", alias: "Transit: Example AS64500" }, "external/Example/transit"],
    [{ exporter: "core-1", alias: "Transit: Example AS64500" }, "internal//"],
    [{ alias: "ix: DE-CIX" }, "external//ix"],
    [{ address: "192.0.2.7", name: "Gi0/1", speedBps: 10e9 }, "internal//backbone"],
    [{ address: "192.0.2.7", name: "Gi0/1", speedBps: 1e9 }, "internal//"],
    // A speed that is not known fits no limit.
    [{ address: "192.0.2.7", name: "Gi0/1" }, "internal//"],
    [{ address: "192.0.2.7", name: "xe-0", speedBps: 10e9 }, "internal//"],
  ])("%o is %s", (each, expected) => {
    const { boundary, provider, connectivity } = classOf(some(each));
    expect(`${boundary}/${provider}/${connectivity}`).toBe(expected);
  });

  it("counts its rules, and may be a list alone", () => {
    expect(count).toBe(4);
    expect(readInterfaceRules("- { alias: x, provider: y }").classOf(some({ alias: "X" })).provider).toBe("y");
  });

  it.each([
    ["rules: [{ alias: a }]", "rules.0: a rule gives boundary, provider or connectivity"],
    ["rules: [{ alias: '(', provider: a }]", "rules.0.alias: Invalid regular expression"],
    ["rules: [{ provider: $<p> }]", "rules.0: provider: no pattern of this rule has a group (?<p>…)"],
    ["rules: [{ boundary: edge }]", "rules.0.boundary: "],
    ["rules: [{ min-speed: fast, boundary: internal }]", 'rules.0.min-speed: "fast" is not a speed'],
    ["rules: [{ speed: 1G, boundary: internal }]", "rules.0: Unrecognized key"],
    ["rules: {", "at line 1"],
    ["", "expected object"],
  ])("refuses %s", (text, problem) => {
    expect(() => readInterfaceRules(text)).toThrow(problem);
  });
});
