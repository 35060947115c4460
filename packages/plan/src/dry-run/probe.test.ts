import { PacketBatch } from "@ngflow/base";
import type { Graph } from "@ngflow/graph";
import { describe, expect, it } from "vitest";
import { TestMachine, trafficRow } from "../testing/test-machine.ts";
import { Prober } from "./probe.ts";
import type { Traffic } from "./traffic.ts";

/** Builds a graph on em0, and what is expected of each direction then. */
interface Case {
  readonly title: string;
  readonly build: (graph: Graph) => void;
  readonly in: Partial<Traffic>;
  readonly out: Partial<Traffic>;
}

const through = (graph: Graph, type: string): void => {
  graph.mkpeer(undefined, "em0:", type, "lower", "a");
  graph.setName(undefined, "em0:lower", "mid");
  graph.connect(undefined, "em0:", "mid:", "upper", "b");
};

const CASES: readonly Case[] = [
  { title: "an empty graph lets traffic pass", build: () => {}, in: {}, out: {} },
  {
    title: "a sink on one side cuts that direction",
    build: (graph) => void graph.mkpeer(undefined, "em0:", "sink", "lower", "in"),
    in: { state: "cut", passed: [], elsewhere: [{ end: "node", name: "[3]" }], path: ["em0:lower"] },
    out: {},
  },
  {
    title: "a meter counts what arrives at its first hook, and not the other direction",
    build: (graph) => through(graph, "meter"),
    in: { counted: ["mid"], path: ["em0:lower", "mid:b"] },
    out: { uncounted: ["mid"], path: ["em0:upper", "mid:a"] },
  },
  {
    title: "a copy is reported as well",
    build: (graph) => {
      through(graph, "tee");
      graph.mkpeer(undefined, "mid:", "sink", "copy", "in");
      graph.setName(undefined, "mid:copy", "tap");
    },
    in: { copied: [{ end: "node", name: "tap" }], path: ["em0:lower", "mid:b", "mid:copy"] },
    out: { copied: [{ end: "node", name: "tap" }], path: ["em0:upper", "mid:a", "mid:copy"] },
  },
  {
    title: "packets that arrive twice are duplicates",
    build: (graph) => through(graph, "repeat"),
    in: { duplicated: true, path: ["em0:lower", "mid:b"] },
    out: { duplicated: true, path: ["em0:upper", "mid:a"] },
  },
];

describe("a probe", () => {
  it.each(CASES)("$title", ({ build, ...expected }) => {
    const machine = new TestMachine("em0", "em1");
    build(machine.graph);
    const rows = new Prober(machine).probe();
    expect(rows.map((row) => `${row.interface} ${row.direction}`)).toEqual(["em0 in", "em0 out", "em1 in", "em1 out"]);
    for (const direction of ["in", "out"] as const) {
      const row = rows.find((each) => each.interface === "em0" && each.direction === direction)!;
      const { path, ...rest } = trafficRow({ direction, ...expected[direction] });
      expect({ ...row, path: [...row.path].sort() }).toEqual({ ...rest, path: [...path].sort() });
      expect(rows.find((each) => each.interface === "em1" && each.direction === direction)).toEqual(
        trafficRow({ interface: "em1", direction }),
      );
    }
  });

  /** Sends what em0's host sends in turn to em0, em1 and, with `sink`, to a node where it ends. */
  const inTurn = (sink: boolean): { machine: TestMachine; rows: () => Traffic } => {
    const machine = new TestMachine("em0", "em1");
    const { graph } = machine;
    graph.mkpeer(undefined, "em0:", "turns", "upper", "a");
    graph.setName(undefined, "em0:upper", "mid");
    graph.connect(undefined, "mid:", "em0:", "link0", "lower");
    graph.connect(undefined, "mid:", "em1:", "link1", "lower");
    if (sink) graph.mkpeer(undefined, "mid:", "sink", "link2", "in");
    const prober = new Prober(machine);
    return { machine, rows: () => prober.probe().find((row) => row.interface === "em0" && row.direction === "out")! };
  };

  it("that goes out in turn by several interfaces is spread over them, wherever the turn begins", () => {
    const { machine, rows } = inTurn(false);
    const first = rows();
    expect(first).toMatchObject({ state: "flows", spread: [{ end: "wire", name: "em1" }], copied: [], lossy: false });
    // A packet of another program moves the turn.
    machine.graph.run(() => machine.interfaces[0]!.fromHost(PacketBatch.of(new Uint8Array(60), 0)));
    expect(rows()).toEqual(first);
  });

  it("that is lost in its turn gets through in part", () => {
    const row = inTurn(true).rows();
    expect(row).toMatchObject({ state: "partly", lossy: true, elsewhere: [{ end: "node", name: "[4]" }], copied: [] });
    expect(row.spread).toEqual([{ end: "wire", name: "em1" }]);
  });

  it("gives the same result each time, and adds to its work", () => {
    const machine = new TestMachine("em0");
    through(machine.graph, "meter");
    const prober = new Prober(machine);
    const first = prober.probe();
    const { work } = prober;
    expect(prober.probe()).toEqual(first);
    expect(prober.work).toBe(2 * work);
    expect(work).toBeGreaterThan(0);
  });
});
