import { createGraph } from "@ngflow/graph";
import { NODE_TYPES, nodeTypes, SimulatedHost } from "@ngflow/nodes";
import { ManualClock } from "@ngflow/nodes/testing";
import { expect, it } from "vitest";
import { observeAdvice } from "./observe-advice.ts";

it("warns of the first node of a type that needs a wire, and has nothing to say of others", () => {
  const warnings: string[] = [];
  const log = { warn: (_fields: object, text: string) => void warnings.push(text) };
  const advice = observeAdvice(nodeTypes({ openInterface: new SimulatedHost().open }), log);
  const graph = createGraph({ clock: new ManualClock(), types: advice.types });
  const program = graph.addNode("socket", "ngctl", () => ({}));
  for (const [type, hook] of [
    ["hub", "x"],
    ["bridge", "link0"],
    ["eiface", "ether"],
    ["bridge", "link0"],
    ["iface", "inet"],
  ] as const) {
    graph.mkpeer(program, ".", type, `own${graph.revision}`, hook);
  }
  expect(warnings).toEqual([advice.of("bridge"), advice.of("eiface")]);
  expect(advice.of("bridge")).toMatch(/^interfaces only observe here: .* type bridge .*--inline IF/);
  expect([advice.of("hub"), advice.of("zork"), advice.of(7)]).toEqual([null, null, null]);
});

it("is of bridges and of interfaces that are made", () => {
  expect(NODE_TYPES.filter(({ needsWire }) => needsWire === true).map(({ name }) => name)).toEqual([
    "bridge",
    "eiface",
  ]);
});
