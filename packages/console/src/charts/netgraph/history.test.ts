import type { GraphHistory } from "@ngflow/server/client";
import { expect, test } from "vitest";
import { marksOf, refusalOf, snapshotAt, stepCommand, stepTitle } from "./history.ts";

const ends = [
  { id: 1, node: "em0", hook: "lower" },
  { id: 2, node: null, hook: "a" },
] as const;
const step = { timeMs: 5, sender: "ngctl7", errno: 0 };
const history: GraphHistory = {
  base: [{ id: 1, name: "em0", type: "ether", role: "interface", hooks: [] }],
  steps: [
    {
      ...step,
      sequence: 1,
      words: ["mkpeer", "em0:", "hub", "lower", "a"],
      changes: [
        { kind: "made", id: 2, type: "hub", role: "plain", name: null },
        { kind: "joined", ends },
      ],
    },
    { ...step, sequence: 2, words: ["name", "em0:lower", "two words"], errno: 22, changes: [] },
    {
      ...step,
      sequence: 3,
      sender: null,
      words: [],
      changes: [{ kind: "gone", id: 2, type: "hub", role: "plain", name: null }],
    },
  ],
  dropped: 0,
};

test("the graph of every step", () => {
  expect([0, 1, 3].map((count) => snapshotAt(history, count).nodes.map(({ type }) => type))).toEqual([
    ["ether"],
    ["ether", "hub"],
    ["ether"],
  ]);
  expect(snapshotAt(history, 1).nodes[1]!.hooks).toEqual([
    { name: "a", peerId: 1, peerHook: "lower", outPackets: 0, outBytes: 0, outErrors: 0 },
  ]);
});

test("what a step did, in words and marks", () => {
  const [made, refused, itself] = history.steps;
  expect(marksOf(made)).toEqual({ nodes: new Set([2]), ends: new Set(["1:lower", "2:a"]) });
  expect([0, 1].map((count) => stepTitle(history, count))).toEqual(["Before the first step", "Step 1 of 3"]);
  expect(stepTitle({ ...history, dropped: 4 }, 0)).toBe("Before the last 3 steps");
  expect([undefined, refused, itself].map(stepCommand)).toEqual([
    "",
    'name em0:lower "two words"',
    "changed by a node",
  ]);
  expect([undefined, made, refused].map(refusalOf)).toEqual([null, null, "Invalid argument"]);
});
