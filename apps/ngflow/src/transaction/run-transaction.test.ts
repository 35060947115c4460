import fc from "fast-check";
import { createGraph } from "@ngflow/graph";
import { type ScriptCommand } from "@ngflow/plan";
import { attachEther, NODE_TYPES, SimulatedInterface } from "@ngflow/nodes";
import { expect, it } from "vitest";
import { runTransaction } from "./run-transaction.ts";
import { shapeOf } from "./testing/try-daemon.ts";

const NODES = ["em0", "em1", "tap", "hub", "pit"];
const node = fc.constantFrom(...NODES.map((name) => `${name}:`), "em0:lower", "hub:a", "tap:left");
const hook = fc.constantFrom("lower", "upper", "left", "right", "a", "b", "c", "hook");
const name = fc.constantFrom("tap", "hub", "new", "other");

const operation = fc.oneof(
  fc.tuple(fc.constant("mkpeer"), node, fc.constantFrom("hub", "tee", "hole", "echo"), hook, hook),
  fc.tuple(fc.constant("connect"), node, node, hook, hook),
  fc.tuple(fc.constant("rmhook"), node, hook),
  fc.tuple(fc.constant("shutdown"), node),
  fc.tuple(fc.constant("name"), node, name),
);

function command(words: readonly string[], stopsAtFailure: boolean): ScriptCommand {
  return { line: 1, text: words.join(" "), words, kind: "ngctl", session: 0, stopsAtFailure };
}

function start() {
  const clock = { nowMs: () => 0, monotonicMs: () => 0 };
  const graph = createGraph({ clock, types: NODE_TYPES });
  for (const [i, each] of ["em0", "em1"].entries()) {
    attachEther(graph, new SimulatedInterface(each, i + 1, Uint8Array.of(2, 0, 0, 0, 0, i)));
  }
  graph.mkpeer(undefined, "em0:", "tee", "lower", "right");
  graph.setName(undefined, "em0:lower", "tap");
  graph.connect(undefined, "em0:", "tap:", "upper", "left");
  graph.mkpeer(undefined, "tap:", "hub", "right2left", "a");
  graph.setName(undefined, "tap:right2left", "hub");
  graph.mkpeer(undefined, "hub:", "hole", "b", "hook");
  graph.setName(undefined, "hub:b", "pit");
  graph.connect(undefined, "em1:", "hub:", "lower", "c");
  return graph;
}

it("whatever was done before the step that fails, the graph has its old shape again", async () => {
  let undone = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 8 }), async (operations) => {
      // Operations that the graph refuses would end the transaction: only those that it accepts are kept.
      const trial = start();
      const accepted: ScriptCommand[] = [];
      for (const words of operations) {
        const only = [command(words, true)];
        const result = await runTransaction(trial, { revision: null, name: "", commands: only });
        if (result.outcome === "done") accepted.push(...only);
      }
      const graph = start();
      const before = shapeOf(graph);
      const commands = [...accepted, command(["msg", "em0:", "nosuch"], true)];
      const result = await runTransaction(graph, { revision: null, name: "", commands });
      expect(result).toMatchObject({ outcome: "undone", step: commands.length });
      undone += accepted.length;
      expect(shapeOf(graph)).toEqual(before);
    }),
    { numRuns: 300 },
  );
  expect(undone).toBeGreaterThan(300);
});

it("does nothing to a graph that is not the one expected", async () => {
  const graph = start();
  const before = shapeOf(graph);
  const commands = [command(["shutdown", "hub:"], true)];
  expect(await runTransaction(graph, { revision: 1, name: "", commands })).toEqual({ outcome: "changed" });
  expect(shapeOf(graph)).toEqual(before);
});
