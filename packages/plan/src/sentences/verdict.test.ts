import { describe, expect, it } from "vitest";
import type { Plan, PlanStep } from "../dry-run/plan.ts";
import { findCuts, type Traffic } from "../dry-run/traffic.ts";
import { trafficRow } from "../testing/test-machine.ts";
import { leftText, remoteShells, trafficChanges, verdictOf } from "./verdict.ts";

const GOOD = [trafficRow(), trafficRow({ direction: "out" })];
const CUT = [trafficRow({ state: "cut", passed: [] }), trafficRow({ direction: "out" })];
const NOTHING_LEFT = { nodes: [], cut: [], undo: [] };

function step(number: number, traffic: readonly Traffic[], more: Partial<PlanStep> = {}): PlanStep {
  return {
    ...{
      number,
      line: number,
      command: "list",
      outcome: "done",
      mayFail: false,
      needs: [],
      error: null,
      errno: null,
      why: null,
      changes: [],
    },
    ...{ moreChanges: 0, output: "", ifItFails: NOTHING_LEFT, probed: true, neededBy: [], traffic, picture: null },
    ...more,
  };
}

/** The verdict on steps of a script that concerns em0, severity and text in one line. */
function verdict(steps: readonly PlanStep[], more: Partial<Plan> = {}): string[] {
  const cuts = findCuts([GOOD, ...steps.map((each) => each.traffic)]);
  const findings = verdictOf({
    ...{ script: "-", style: "file", interfaces: ["em0"], start: { traffic: GOOD, picture: null }, steps, end: null },
    ...{ assumed: [], unclear: [], notRun: [], ended: null },
    ...{ cuts, modules: [], ignored: [], remoteShell: remoteShells(["em0"], cuts, steps.length) },
    ...more,
  });
  return findings.map(({ severity, text }) => `${severity}: ${text}`);
}

const refused = { outcome: "refused", error: "File exists", why: "the hook is taken" } as const;

const CASES: readonly [title: string, findings: readonly string[], expected: readonly string[]][] = [
  [
    "steps that cut nothing",
    verdict([step(1, GOOD)]),
    ["info: No step cuts the network.", "info: A remote shell over em0 survives."],
  ],
  [
    "a cut that a later step restores",
    verdict([step(1, CUT), step(2, CUT), step(3, GOOD)]),
    [
      "warning: From step 1 to step 3, inbound traffic of em0 is cut.",
      "warning: A remote shell over em0 does not survive typing the steps one by one: the line after step 1 does not " +
        "arrive. Run as one file the script reaches step 3 by itself, and the shell survives.",
    ],
  ],
  [
    "a cut that stays",
    verdict([step(1, GOOD), step(2, CUT)]),
    [
      "error: From step 2 on, inbound traffic of em0 is cut, and no step restores it.",
      "error: A remote shell over em0 is lost at step 2: use the console.",
    ],
  ],
  [
    "a refused step, before everything else, with what is left behind",
    verdict([
      step(1, CUT),
      step(2, CUT, {
        ...refused,
        ifItFails: {
          nodes: ["t (tee)"],
          cut: [{ interface: "em0", direction: "in" }],
          undo: ["shutdown t:", "list"],
        },
      }),
      step(3, CUT, { outcome: "not reached" }),
    ]).slice(0, 1),
    [
      "error: Step 2 would be refused: File exists (the hook is taken). ngctl stops there: 1 later step is not run. " +
        "Left behind: t (tee), inbound traffic of em0 cut; undo with shutdown t:; list.",
    ],
  ],
  [
    "traffic that is counted in both directions",
    verdict([step(1, [trafficRow({ counted: ["nf"] }), trafficRow({ direction: "out", counted: ["nf"] })])]).slice(2),
    ["info: Received and sent packets of em0 are counted by nf."],
  ],
  [
    "traffic that is counted in one direction, for want of setconfig",
    verdict([step(1, [trafficRow({ counted: ["nf"] }), trafficRow({ direction: "out", uncounted: ["nf"] })])]).slice(2),
    [
      "info: Only received packets of em0 are counted by nf, because no setconfig was sent (conf=3 counts both " +
        "directions).",
    ],
  ],
  [
    "the same after setconfig",
    verdict([
      step(1, [trafficRow({ uncounted: ["nf"] }), trafficRow({ direction: "out", counted: ["nf"] })], {
        command: "msg nf: setconfig { conf=2 }",
      }),
    ]).slice(2),
    ["info: Only sent packets of em0 are counted by nf, as setconfig says."],
  ],
  [
    "traffic that passes in part, is copied, or loops in the end",
    verdict([
      step(1, [
        trafficRow({ state: "partly", passed: ["arp", "tcp"] }),
        trafficRow({ direction: "out", copied: [{ end: "wire", name: "em1" }], duplicated: true, looped: true }),
      ]),
    ]).slice(2),
    [
      "warning: In the end only part of the inbound traffic of em0 gets through: arp, tcp.",
      "warning: In the end outbound traffic of em0 goes round in a loop until the graph drops it.",
      "info: In the end outbound traffic of em0 is copied to the wire of em1.",
    ],
  ],
  [
    "traffic that is spread over interfaces, and lost in part",
    verdict([
      step(1, [
        trafficRow({ spread: [{ end: "host", name: "em1" }] }),
        trafficRow({ direction: "out", state: "partly", lossy: true, elsewhere: [{ end: "node", name: "[4]" }] }),
      ]),
    ]).slice(2),
    [
      "info: In the end all of the inbound traffic of em0 gets through, spread over the kernel's stack behind em0, the " +
        "kernel's stack behind em1.",
      "warning: In the end only part of the outbound traffic of em0 gets through: packets of arp, icmp, tcp, udp, ipv6 " +
        "pass, others of them end in [4].",
    ],
  ],
  ["a script without commands", verdict([]).slice(-1), ["info: The script has no command of ngctl."]],
  [
    "a refusal that the script expects, and one in a shell script",
    verdict([step(1, GOOD, { ...refused, mayFail: true }), step(2, GOOD, { ...refused, line: 7 })], {
      style: "shell",
    }).slice(0, 1),
    ["error: Step 2 (line 7) would be refused: File exists (the hook is taken)."],
  ],
  [
    "values that are missing, parts that are not understood, and an end with a failure",
    verdict([step(1, GOOD, { needs: ["IF"] }), step(2, GOOD, { ...refused, outcome: "unclear", needs: ["IF"] })], {
      unclear: [{ line: 9, text: "coproc x", reason: "a shell construct that is not understood" }],
      ended: { line: 12, status: 1 },
    }).slice(0, 4),
    [
      "error: Line 9 is not understood: a shell construct that is not understood: coproc x.",
      "warning: Line 1 needs the value of $IF: give it with --set IF=value.",
      "error: Not known, because it depends on that: step 2 (line 2).",
      "error: The script ends at line 12 with status 1.",
    ],
  ],
  [
    "branches that were chosen, and commands that are not run",
    verdict([], {
      assumed: [{ line: 2, text: "[ -f x ]", reason: "taken as true: only the machine knows" }],
      notRun: [
        { line: 4, text: "ngctl list", reason: "function stop is not called" },
        { line: 5, text: "ngctl list", reason: "function stop is not called" },
      ],
    }).slice(-3),
    [
      "info: Line 2: [ -f x ]: taken as true: only the machine knows.",
      "info: Not run: ngctl at lines 4, 5, because function stop is not called.",
      "info: No command of ngctl is run.",
    ],
  ],
  [
    "a script that names no interface",
    verdict([step(1, [])], { interfaces: [], remoteShell: [], start: { traffic: [], picture: null } }),
    ["info: The script touches no interface; name one with --interface."],
  ],
  [
    "a module that cannot be loaded, and steps that were not probed",
    verdict([step(1, GOOD, { probed: false })], {
      modules: [
        { line: 1, command: "kldload ng_tee", error: null },
        { line: 2, command: "kldload ng_x", error: "no such module" },
      ],
    }).slice(2),
    [
      "warning: kldload ng_x: no such module",
      "info: From step 1 on the graph is so large that traffic was tried after some steps only: a cut may begin or " +
        "end up to that many steps earlier than reported.",
    ],
  ],
];

describe("the verdict on", () => {
  it.each(CASES)("%s", (_title, findings, expected) => {
    expect(findings).toEqual(expected);
  });
});

it.each([
  [NOTHING_LEFT, "nothing"],
  [{ ...NOTHING_LEFT, nodes: ["a (tee)", "b (hub)"] }, "a (tee), b (hub)"],
  [
    { ...NOTHING_LEFT, nodes: Array.from({ length: 10 }, (_, i) => `n${i}`) },
    "n0, n1, n2, n3, n4, n5, n6, n7 and 2 more",
  ],
])("names what is left behind, at most eight nodes of it: %#", (left, text) => {
  expect(leftText(left)).toBe(text);
});

it("reports a step's traffic only where it differs from before", () => {
  expect(trafficChanges(GOOD, GOOD)).toEqual([]);
  expect(trafficChanges(GOOD, CUT)).toEqual(["inbound traffic of em0 is cut"]);
  expect(trafficChanges([], GOOD.slice(1))).toEqual(["outbound traffic of em0 flows"]);
});
