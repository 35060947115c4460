import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGraph } from "../create-graph.ts";
import { E } from "@ngflow/base";
import type { Graph } from "../graph.ts";
import { openControlSocket } from "../open-control-socket.ts";
import { structureFrom } from "../structure/structure.ts";
import { structureOf } from "../structure/structure-of.ts";
import { errnoOf, ManualClock, testType } from "../testing/fixture.ts";
import { graphAt } from "./structure-replay.ts";

const TYPES = [
  testType("hub"),
  testType("wall", undefined, { lastHook: "keep" }),
  testType("short", (context) => ({
    close() {
      const [a, b] = [...context.node.hooks.values()];
      if (a !== undefined && b !== undefined) context.bypass(a, b);
    },
  })),
];

function graphWith(history: number): { graph: Graph; clock: ManualClock } {
  const clock = new ManualClock();
  return { graph: createGraph({ clock, types: TYPES, history }), clock };
}

/** Structure without the order of hooks. */
function shapeOf(nodes: ReturnType<typeof graphAt>): unknown {
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  return [...structureFrom(nodes).values()].map(({ id, name, type, hooks }) => ({
    id,
    name,
    type,
    hooks: hooks.toSorted(byName),
  }));
}

function isNow(graph: Graph): void {
  const history = graph.history();
  const now = [...structureOf(graph, (node) => node.type.name === "socket").values()];
  expect(shapeOf(graphAt(history, history.steps.length))).toEqual(shapeOf(now));
}

describe("history", () => {
  it("keeps operations with time, sender, errno and what they did", () => {
    const { graph, clock } = graphWith(100);
    graph.addNode("wall", "em0", () => ({ shutdown: () => "persist" }));
    clock.ms += 1000;
    const events = { onMessage: () => {}, onData: () => {} };
    const socket = openControlSocket(graph, { name: "ngctl7", events });
    socket.sendAscii("em0:", "mkpeer", '{ type="hub" ourhook="lower" peerhook="a" }');
    socket.sendAscii("em0:lower", "name", '{ name="tap" }');
    socket.sendAscii("em0:", "connect", '{ path="nowhere:" ourhook="upper" peerhook="b" }');
    socket.close();
    const { base, steps, dropped } = graph.history();
    expect(base).toEqual([]);
    expect(dropped).toBe(0);
    expect(steps.map(({ sender, words, errno }) => [sender, words.join(" "), errno])).toEqual([
      [null, "made em0", 0],
      ["ngctl7", "mkpeer em0: hub lower a", 0],
      ["ngctl7", "name em0:lower tap", 0],
      ["ngctl7", "connect em0: nowhere: upper b", E.ENOENT],
    ]);
    expect(steps.map(({ timeMs }) => timeMs - steps[0]!.timeMs)).toEqual([0, 1000, 1000, 1000]);
    expect(steps[1]!.changes.map(({ kind }) => kind)).toEqual(["made", "joined"]);
    expect(steps[3]!.changes).toEqual([]);
    expect(graphAt(graph.history(), 2).map(({ name, type }) => [name, type])).toEqual([
      ["em0", "wall"],
      [null, "hub"],
    ]);
  });

  it("keeps nothing by default", () => {
    const { graph } = graphWith(0);
    graph.addNode("wall", "em0", () => ({}));
    expect(graph.history()).toEqual({ base: [], steps: [], dropped: 0 });
  });

  it("is the graph after any operations, with any limit", () => {
    const name = fc.constantFrom("n0", "n1", "n2", "n3");
    const hook = fc.constantFrom("a", "b", "c");
    const type = fc.constantFrom("hub", "wall", "short");
    const operation = fc.oneof(
      fc.tuple(fc.constant("mkpeer"), name, type, hook, hook),
      fc.tuple(fc.constant("connect"), name, name, hook, hook),
      fc.tuple(fc.constant("name"), name, hook, name),
      fc.tuple(fc.constant("rmhook"), name, hook),
      fc.tuple(fc.constant("shutdown"), name),
      fc.tuple(fc.constant("add"), name),
      fc.tuple(fc.constant("remove"), name),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: 1, max: 70 }), (operations, limit) => {
        const { graph } = graphWith(limit);
        for (const [word, at, b = "", c = "", d = ""] of operations) {
          errnoOf(() => {
            if (word === "mkpeer") graph.mkpeer(undefined, `${at}:`, b, c, d);
            else if (word === "connect") graph.connect(undefined, `${at}:`, `${b}:`, c, d);
            else if (word === "name") graph.setName(undefined, `${at}:${b}`, c);
            else if (word === "rmhook") graph.rmhook(undefined, `${at}:`, b);
            else if (word === "shutdown") graph.shutdown(undefined, `${at}:`);
            else if (word === "add") graph.addNode("wall", at, () => ({}));
            else graph.removeNode(graph.resolve(undefined, `${at}:`));
          });
          isNow(graph);
        }
        expect(graph.history().steps.length).toBeLessThanOrEqual(limit);
      }),
    );
  });
});

describe("the number of nodes", () => {
  it("is bounded: ENOMEM, counted, and nothing is left behind", () => {
    const graph = createGraph({ clock: new ManualClock(), types: TYPES, maxNodes: 3 });
    graph.addNode("wall", "n0", () => ({}));
    graph.mkpeer(undefined, "n0:", "hub", "a", "a");
    graph.mkpeer(undefined, "n0:", "hub", "b", "b");
    expect(errnoOf(() => graph.mkpeer(undefined, "n0:", "hub", "c", "c"))).toBe(E.ENOMEM);
    expect(errnoOf(() => graph.addNode("wall", "n1", () => ({})))).toBe(E.ENOMEM);
    expect(graph.counters().nodesRefused).toBe(2);
    expect([...graph.resolve(undefined, "n0:").hooks.keys()]).toEqual(["a", "b"]);
    graph.rmhook(undefined, "n0:", "a");
    graph.mkpeer(undefined, "n0:", "hub", "c", "c");
  });
});
