import { E } from "@ngflow/base";
import { expect, it } from "vitest";
import { askNode, isQuestion } from "./ask-node.ts";
import { HASREPLY, READONLY } from "./control-message.ts";
import { createGraph } from "./create-graph.ts";
import { messagesOf } from "./message-row.ts";
import type { NodeBehaviour } from "./node-type.ts";
import { uint16, uint32 } from "./parse/integer.ts";
import { structType } from "./parse/struct.ts";
import { errnoOf, ManualClock, testType } from "./testing/fixture.ts";

interface Counter extends NodeBehaviour {
  count: number;
}

const row = messagesOf<Counter>();
const count = structType([["count", uint32]]);
const messages = [
  row({
    name: "info",
    cmd: (1 | READONLY | HASREPLY) >>> 0,
    reply: count,
    summary: "",
    run: ({ count }) => ({ count }),
  }),
  row({
    name: "getmore",
    cmd: 2,
    args: uint16,
    reply: count,
    summary: "",
    run: ({ count }, n) => ({ count: count + n }),
  }),
  row({
    name: "getclr",
    cmd: 3,
    reply: count,
    clears: "the count",
    summary: "",
    run: (node) => ({ count: (node.count = 0) }),
  }),
  row({ name: "set", cmd: 4, args: uint16, summary: "", run: (node, n) => void (node.count = n) }),
  row({ name: "accept", cmd: 5, reply: count, summary: "", run: (node) => ({ count: ++node.count }) }),
  row({ name: "getlater", cmd: 6, reply: count, summary: "", run: () => undefined }),
];

it("asks a node what changes nothing, and nothing else; the graph stays as it is", () => {
  const behaviour: Counter = { count: 7 };
  const type = testType("counter", () => behaviour, { messages });
  const graph = createGraph({ clock: new ManualClock(), types: [type], history: 10 });
  const { id } = graph.addNode("counter", "c", () => behaviour);
  const { revision } = graph;
  const steps = graph.history().steps.length;
  expect(askNode(graph, id, "info", "")).toBe("{ count=7 }");
  expect(askNode(graph, id, "getmore", "3")).toBe("{ count=10 }");
  const errnos = ["getclr", "set", "accept", "getlater", "nothing"].map((name) =>
    errnoOf(() => askNode(graph, id, name, "1")),
  );
  expect(errnos).toEqual([E.EPERM, E.EPERM, E.EPERM, E.EAGAIN, E.ENOSYS]);
  expect(errnoOf(() => askNode(graph, id, "getmore", "x"))).toBe(E.EINVAL);
  expect(errnoOf(() => askNode(graph, id + 99, "info", ""))).toBe(E.ENOENT);
  expect([behaviour.count, graph.revision, graph.history().steps.length]).toEqual([7, revision, steps]);
  expect(messages.filter(isQuestion).map(({ name }) => name)).toEqual(["info", "getmore", "getlater"]);
});
