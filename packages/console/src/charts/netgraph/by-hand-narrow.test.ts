import type { GraphSnapshot } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { layOutNarrow } from "./by-hand-narrow.ts";
import { netgraphChart } from "./chart.ts";
import { cardsOf } from "./dot.ts";
import example from "./example.json" with { type: "json" };
import { linksOf } from "./links.ts";

const { labelWidth, labelHeight } = netgraphChart.options;
const graph = example as GraphSnapshot;

test("a chain goes from top to bottom, fits a phone, and nothing covers anything", () => {
  const links = linksOf(graph);
  const cards = cardsOf(graph, links);
  const { width, height, nodes, links: placed } = layOutNarrow(cards, links)!;
  expect(width).toBeLessThanOrEqual(420);
  expect(placed.size).toBe(links.length);
  const boxes = [
    ...cards.map((card) => {
      const { x, y } = nodes.get(card.node.id)!;
      return { x: x - card.width / 2, y: y - card.height / 2, width: card.width, height: card.height };
    }),
    ...[...placed.values()].map(({ label: { x, y } }) => ({
      ...{ x: x - labelWidth / 2, y: y - labelHeight / 2 },
      ...{ width: labelWidth, height: labelHeight },
    })),
  ];
  for (const [i, a] of boxes.entries()) {
    expect(a.x).toBeGreaterThanOrEqual(0);
    expect(a.x + a.width).toBeLessThanOrEqual(width);
    expect(a.y + a.height).toBeLessThanOrEqual(height);
    for (const b of boxes.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect(apart, JSON.stringify([a, b])).toBe(true);
    }
  }
});

test("a row that is wider than a phone is not laid out so", () => {
  const links = linksOf(graph);
  const cards = cardsOf(graph, links).map((card) => ({ ...card, width: 500 }));
  expect(layOutNarrow(cards, links)).toBeNull();
});
