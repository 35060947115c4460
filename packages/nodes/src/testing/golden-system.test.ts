import { expect, it } from "vitest";
import { type GraphCase, graphChecks } from "./golden-graph.ts";

/** A script in the form of graph.json; its expectations are FreeBSD's. */
const CASE: GraphCase = {
  name: "harness",
  description: "Steps and outcomes that the recorded rows do not have.",
  setup: "default",
  script: [
    { cmd: ["attach", "em0.100", "3"], errno: 0 },
    { cmd: ["msg", "em0_100:", "getifname"], errno: 0, reply: '"em0.100"', replyFrom: "[4]:", replyCmd: 1 },
    { cmd: ["msg", "em0_100:", "getenaddr"], errno: 0, reply: "02:00:00:00:00:33", replyFrom: "[4]:", replyCmd: 3 },
    // The node's name is taken, so the interface has none.
    { cmd: ["attach", "em0_100", "4"], errno: 0 },
    { cmd: ["msg", "em0_100:", "getifindex"], errno: 0, reply: "3", replyFrom: "[4]:", replyCmd: 2 },
    { cmd: ["detach", "em0_100"], errno: 0 },
    { cmd: ["detach", "em0.100"], errno: 0 },
    { cmd: ["msg", "em0_100:", "getifindex"], errno: 2 },
    // An echo node returns a message of a cookie that no list knows: there is no text.
    { cmd: ["mkpeer", ".", "echo", "e", "x"], errno: 0 },
    { cmd: ["raw", "e", "4711", "7", "0102"], errno: 0, replyHex: "0102", replyFrom: "[5]:", replyCmd: 7 },
  ],
};

it("runs every kind of step, and shows replies that cannot be translated as bytes", () => {
  for (const { title, expected, got } of graphChecks(CASE)) expect(got(), title).toEqual(expected);
});
