import { expect, it } from "vitest";
import { TestMachine, trafficRow } from "../testing/test-machine.ts";
import { drawText } from "./draw-text.ts";
import { type Picture, takePicture } from "./picture.ts";
import type { TextPaint } from "./text-paint.ts";

const PLAIN: TextPaint = { good: (text) => text, bad: (text) => text, fresh: (text) => text };
const FLOWS = [trafficRow(), trafficRow({ direction: "out" })];

function pictureOf(machine: TestMachine): Picture {
  const interfaces = new Set(machine.interfaces.map(({ node }) => node));
  return takePicture(machine.graph, [], { hidden: () => false, interfaces, targetOf: () => undefined })!;
}

function metered(): TestMachine {
  const machine = new TestMachine("em0");
  machine.graph.mkpeer(undefined, "em0:", "meter", "lower", "a");
  machine.graph.setName(undefined, "em0:lower", "nf");
  return machine;
}

it("draws an interface between kernel and wire, and the node at its hook", () => {
  expect(`\n${drawText(pictureOf(metered()), FLOWS, PLAIN).join("\n")}\n`).toMatchInlineSnapshot(`
    "
     kernel
      ▲  │
    ┌───────────────┐                ┌───────────┐
    │ em0           │─lower────────a─│ nf        │
    │ interface [1] │                │ meter [2] │
    └───────────────┘                └───────────┘
      │  ▼
     wire
    "
  `);
});

it("is compact where the page is narrow, and a list where it is narrower still", () => {
  const picture = pictureOf(metered());
  const wide = Math.max(...drawText(picture, FLOWS, PLAIN).map(({ length }) => length));
  expect(drawText(picture, FLOWS, PLAIN, wide)).toEqual(drawText(picture, FLOWS, PLAIN));
  const lines = drawText(picture, FLOWS, PLAIN, wide - 1);
  expect(`\n${lines.join("\n")}\n`).toMatchInlineSnapshot(`
    "
     kernel
      ▲  │
    ┌───────────────┐         ┌───────────┐
    │ em0           │─lower───│ nf        │
    │ interface [1] │       a │ meter [2] │
    └───────────────┘         └───────────┘
      │  ▼
     wire
    "
  `);
  expect(drawText(picture, FLOWS, PLAIN, 20)).toEqual([
    "(the drawing is wider than this terminal)",
    "also: em0:lower ─── nf:a",
  ]);
});

it("marks the direction that is cut", () => {
  const traffic = [trafficRow({ state: "cut", passed: [] }), trafficRow({ direction: "out" })];
  const marked = { ...PLAIN, bad: (text: string) => `<${text}>` };
  const text = drawText(pictureOf(new TestMachine("em0")), traffic, marked).join("\n");
  expect(text).toContain("<in: cut>");
  expect(text).toContain("<╳>");
  expect(text).not.toContain("out: cut");
});

it("draws what is new with double lines, and gives it to the paint", () => {
  const picture = pictureOf(metered());
  const nodes = picture.nodes.map((node) => ({
    ...node,
    change: node.name === "nf" ? ("made" as const) : null,
    hooks: node.hooks.map((hook) => ({ ...hook, isNew: true })),
  }));
  const fresh: string[] = [];
  const lines = drawText({ ...picture, nodes }, FLOWS, { ...PLAIN, fresh: (text) => (fresh.push(text), text) });
  expect(lines.join("\n")).toMatch(/╔═+╗/);
  expect(fresh.join("\n")).toContain("nf");
  expect(fresh.join("\n")).not.toContain("em0");
});

it("lists edges that do not join neighbouring columns", () => {
  const machine = metered();
  machine.graph.connect(undefined, "em0:", "em0:lower", "upper", "b");
  machine.graph.mkpeer(undefined, "em0:", "tee", "spare", "a");
  machine.graph.setName(undefined, "em0:spare", "t");
  machine.graph.mkpeer(undefined, "t:", "tee", "b", "a");
  machine.graph.connect(undefined, "t:b", "t:b", "b", "copy");
  const lines = drawText(pictureOf(machine), FLOWS, PLAIN);
  expect(lines.filter((line) => line.startsWith("also: "))).toEqual(["also: [4]:b ─── [4]:copy"]);
});

it.each([
  [0, []],
  [41, ["(41 nodes: too many for a terminal drawing)"]],
])("draws nothing of %i nodes", (count, lines) => {
  const machine = new TestMachine(...Array.from({ length: count }, (_, i) => `em${i}`));
  expect(drawText(pictureOf(machine), [], PLAIN)).toEqual(lines);
});
