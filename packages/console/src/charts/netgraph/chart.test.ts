import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { GraphSnapshot } from "@ngflow/server/client";
import { describe, expect, test } from "vitest";
import { cardsOf, dotOf } from "./dot.ts";
import example from "./example.json" with { type: "json" };
import { geometryOf } from "./geometry.ts";
import { LinkRates, linksOf, structureOf } from "./links.ts";
import { drawLinks, drawNodes } from "./render.ts";

const graph = example as GraphSnapshot;

/** The example `seconds` later: em0:lower sent so many packets of 1000 bytes more. */
function later(seconds: number, packets: number): GraphSnapshot {
  const [em0, ...rest] = graph.nodes;
  const [lower, ...others] = em0!.hooks;
  const moved = { ...lower!, outPackets: lower!.outPackets + packets, outBytes: lower!.outBytes + packets * 1000 };
  return { ...graph, timeMs: graph.timeMs + seconds * 1000, nodes: [{ ...em0!, hooks: [moved, ...others] }, ...rest] };
}

describe("links", () => {
  test("every connection once, exporters to the right of what feeds them", () => {
    expect(linksOf(graph).map(({ key }) => key)).toEqual([
      "1:lower-2:iface0",
      "1:upper-2:out0",
      "2:export9-3:inet/dgram/udp",
    ]);
    const reversed = { ...graph, nodes: graph.nodes.map((node) => (node.id === 3 ? { ...node, id: 0 } : node)) };
    const moved = reversed.nodes.map((node) => ({
      ...node,
      hooks: node.hooks.map((hook) => (hook.peerId === 3 ? { ...hook, peerId: 0 } : hook)),
    }));
    expect(linksOf({ ...graph, nodes: moved }).find(({ head }) => head.node.type === "ksocket")).toBeDefined();
  });

  test("a hook to a node out of sight draws no link", () => {
    expect(linksOf({ ...graph, nodes: graph.nodes.slice(0, 1) })).toEqual([]);
  });

  test("rates are differences over the window, and wait for a second sample", () => {
    const rates = new LinkRates();
    rates.add(graph);
    expect(rates.of(linksOf(graph)[0]!)).toBeNull();
    const now = later(2, 500);
    rates.add(now);
    expect(rates.of(linksOf(now)[0]!)).toEqual({
      forward: { packets: 250, bits: 2_000_000 },
      backward: { packets: 0, bits: 0 },
    });
  });

  test("counters do not change the structure, hooks do", () => {
    expect(structureOf(later(1, 10))).toBe(structureOf(graph));
    expect(structureOf({ ...graph, nodes: graph.nodes.slice(0, 3) })).not.toBe(structureOf(graph));
  });
});

describe("drawing", async () => {
  const graphviz = await Graphviz.load();
  const links = linksOf(graph);
  const cards = cardsOf(graph, links);
  const geometry = geometryOf(graphviz.layout(dotOf(cards, links), "json", "dot"), cards);
  const nodes = drawNodes(cards, geometry);

  test("all nodes are placed inside, apart, the disconnected one too", () => {
    expect(nodes.map(({ name }) => name)).toEqual(["em0", "netflow", "[3]:", "eth1"]);
    for (const node of nodes) {
      expect(node.x).toBeGreaterThanOrEqual(-1);
      expect(node.y).toBeGreaterThanOrEqual(-1);
      expect(node.x + node.width).toBeLessThanOrEqual(geometry.width + 1);
      expect(node.y + node.height).toBeLessThanOrEqual(geometry.height + 1);
    }
    for (const a of nodes) {
      for (const b of nodes) {
        if (a === b) continue;
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart, `${a.name} and ${b.name}`).toBe(true);
      }
    }
  });

  test("links end at the rows of their hooks", () => {
    const drawn = drawLinks(links, geometry, () => null);
    const em0 = nodes[0]!;
    const lower = em0.hooks.find(({ name }) => name === "lower")!;
    const [, x, y] = /^M([\d.-]+) ([\d.-]+)C/.exec(drawn[0]!.path)!.map(Number);
    expect(Math.abs(x! - (em0.x + em0.width))).toBeLessThan(3);
    expect(Math.abs(y! - (em0.y + lower.y))).toBeLessThan(3);
    expect(drawn.map(({ lines, idle }) => [lines, idle])).toEqual(links.map(() => [["idle"], true]));
  });

  test("a link says what passes, thicker for more", () => {
    const rate = { forward: { packets: 250, bits: 2_000_000 }, backward: { packets: 0, bits: 0 } };
    const [busy, idle] = drawLinks(links, geometry, (link) => (link === links[0] ? rate : null));
    expect(busy!.lines).toEqual(["→ 250\u202fpkt/s · 2.00\u202fMbit/s"]);
    expect(busy!.width).toBeGreaterThan(idle!.width);
    expect([busy!.forward, busy!.backward]).toEqual([true, false]);
    expect(busy!.title).toContain("em0:lower → 9.00\u202fk packets, 9.00\u202fMB");
  });

  test("no text of a node reaches the layout language", () => {
    const hostile = { ...graph, nodes: [{ ...graph.nodes[3]!, name: '"]; x [label="<b>', type: "-->" }] };
    const dot = dotOf(cardsOf(hostile, []), []);
    expect(dot).not.toContain("x [");
    expect(dot).not.toContain("-->");
  });
});
