// Builds a graph of two nodes with @ngflow/graph and prints it.
import { createGraph, type NodeType } from "@ngflow/graph";

const plain: NodeType = {
  name: "plain",
  cookie: 4711,
  summary: "Takes packets and keeps none.",
  role: "plain",
  hooks: [],
  messages: [],
  dropReasons: {},
  create: () => ({}),
};
const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
const graph = createGraph({ clock, types: [plain] });
const root = graph.addNode("plain", "root", () => ({}));
graph.mkpeer(root, ".", "plain", "left", "right");
graph.setName(root, "left", "other");
for (const node of graph.nodes()) process.stdout.write(`${node.name}: ${node.hooks.size} hook\n`);
