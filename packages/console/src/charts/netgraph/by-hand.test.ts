import type { GraphSnapshot, NodeSnapshot } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { layOutByHand } from "./by-hand.ts";
import { netgraphChart } from "./chart.ts";
import { cardsOf } from "./dot.ts";
import example from "./example.json" with { type: "json" };
import { linksOf } from "./links.ts";
import { drawLinks, drawNodes } from "./render.ts";

const example1 = example as GraphSnapshot;
const { labelWidth, labelHeight } = netgraphChart.options;

/** A graph of nodes by id and the links `from-to`. */
function graphOf(...pairs: readonly (readonly [number, number])[]): GraphSnapshot {
  const ids = [...new Set(pairs.flat())].sort((a, b) => a - b);
  const hook = (peerId: number, own: string, peerHook: string) => ({
    name: own,
    peerId,
    peerHook,
    outPackets: 0,
    outBytes: 0,
    outErrors: 0,
  });
  const nodes = ids.map((id): NodeSnapshot => ({
    id,
    name: `n${id}`,
    type: "tee",
    role: "plain",
    counters: {},
    hooks: pairs.flatMap(([a, b], i) => [
      ...(a === id ? [hook(b, `o${i}`, `i${i}`)] : []),
      ...(b === id ? [hook(a, `i${i}`, `o${i}`)] : []),
    ]),
  }));
  return { ...example1, nodes };
}

function layOut(graph: GraphSnapshot) {
  const links = linksOf(graph);
  const cards = cardsOf(graph, links);
  return { links, cards, geometry: layOutByHand(cards, links) };
}

test.each([
  ["the graph of the tutorial", example1],
  ["a chain", graphOf([1, 2], [2, 3], [3, 4])],
  ["a tree", graphOf([1, 2], [1, 3], [2, 4], [2, 5])],
  ["several links of a pair", graphOf([1, 2], [1, 2], [1, 2])],
  ["two sources of different depth", graphOf([1, 2], [2, 3], [4, 5], [3, 5])],
])("%s: cards and labels are inside and apart, links end at their hooks", (_, graph) => {
  const { links, cards, geometry } = layOut(graph);
  if (geometry === null) return expect(links.length).toBeGreaterThan(3);
  const nodes = drawNodes(cards, geometry);
  expect(nodes).toHaveLength(graph.nodes.length);
  const drawn = drawLinks(links, geometry, () => null);
  const boxes = [
    ...nodes.map(({ x, y, width, height }) => ({ x, y, width, height })),
    ...drawn.map(({ x, y }) => ({
      x: x - labelWidth / 2,
      y: y - labelHeight / 2,
      width: labelWidth,
      height: labelHeight,
    })),
  ];
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= -1 && a.x + a.width <= geometry.width + 1).toBe(true);
    for (const b of boxes.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(apart).toBe(true);
    }
  }
  for (const [index, { tail }] of links.entries()) {
    const node = nodes.find(({ id }) => id === tail.node.id)!;
    const own = node.hooks.find(({ name, side }) => name === tail.hook.name && side === "right")!;
    expect(drawn[index]!.path.startsWith(`M${node.x + node.width} ${node.y + own.y}C`)).toBe(true);
  }
});

test("rings, links that pass a column, and large graphs are left to Graphviz", () => {
  expect(layOut(graphOf([1, 2], [2, 3], [1, 3])).geometry).toBeNull();
  const chain = Array.from({ length: 20 }, (_, i) => [i + 1, i + 2] as const);
  expect(layOut(graphOf(...chain)).geometry).toBeNull();
});
