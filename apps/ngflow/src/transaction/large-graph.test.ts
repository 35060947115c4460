import { createGraph, type NodeType } from "@ngflow/graph";
import { expect, it } from "vitest";
import { runTransaction } from "./run-transaction.ts";

const NODES = 3000;

it("costs what the script touches, not what the graph has, even when it is undone", async () => {
  let settings = 0;
  const counted: NodeType = {
    name: "counted",
    cookie: 4242,
    summary: "Counts how often it is asked for its settings.",
    role: "plain",
    hooks: [{ name: "a", summary: "Anything." }],
    messages: [],
    dropReasons: {},
    lastHook: "keep",
    create: () => ({ settings: () => (settings++, []) }),
  };
  const graph = createGraph({ clock: { nowMs: () => 0, monotonicMs: () => 0 }, types: [counted] });
  for (let i = 0; i < NODES; i++) graph.addNode("counted", `n${i}`, counted.create!);
  let listed = 0;
  const all = graph.nodes.bind(graph);
  graph.nodes = () => {
    listed++;
    return all();
  };
  const commands = ["mkpeer n7: counted a a", "name n8: other", "shutdown n9:", "shutdown nobody:"].map((text, i) => ({
    line: i + 1,
    text,
    words: text.split(" "),
    kind: "ngctl" as const,
    session: 1,
    stopsAtFailure: true,
  }));
  const before = [...all()].length;
  expect(await runTransaction(graph, { revision: null, name: "", commands })).toMatchObject({
    outcome: "undone",
    step: 4,
    beyond: ["node n9 of type counted cannot be made again", "node n9 of type counted is gone"],
  });
  expect(listed).toBe(0);
  expect(settings).toBeLessThan(20);
  expect(Array.from(all(), ({ name }) => name)).not.toContain("other");
  expect([...all()]).toHaveLength(before - 1);
});
