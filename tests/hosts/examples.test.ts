import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, run } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl");
const scripts = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ngctl"));

const METERED: readonly [words: string, answer: RegExp][] = [
  ["show netflow:", /iface0 +em0 +ether +\S+ +lower/],
  ["show netflow:", /out0 +em0 +ether +\S+ +upper/],
  ["show netflow:", /export9 +nfsock +ksocket/],
];

/** What ngctl answers when the graph of an example is there. */
const EXPECTED: Readonly<Record<string, readonly [words: string, answer: RegExp][]>> = {
  "article.ngctl": METERED,
  "both-directions.ngctl": METERED,
  "etf.ngctl": [
    ["show etf:", /downstream +em0 +ether +\S+ +lower/],
    ["show etf:", /nomatch +em0 +ether +\S+ +upper/],
    ["show etf:", /newproto +newproto +hole +\S+ +count/],
  ],
  "limit-rate.ngctl": [
    ["show em0_car:", /upper +em0 +ether +\S+ +upper/],
    ["show em0_car:", /lower +em0 +ether +\S+ +lower/],
    ["msg em0_car: getconf", /downstream=\{ cbs=2500000 ebs=2500000 cir=20000000 /],
  ],
  "private-bridge.ngctl": [
    ["show guests:", /uplink1 +em0 +ether +\S+ +lower/],
    ["show guests:", /link0 +em0 +ether +\S+ +upper/],
    ["show guests:", /link2 +ngeth1 +eiface +\S+ +ether/],
  ],
  "vlan.ngctl": [
    ["show vlan:", /downstream +em0 +ether +\S+ +lower/],
    ["show vlan:", /nomatch +em0 +ether +\S+ +upper/],
    ["show vlan:", /vlan123 +ngeth0 +eiface +\S+ +ether/],
    ["msg vlan: gettable", /hook="vlan123" vlan=123 vid=123/],
  ],
  "udp-tunnel.ngctl": [
    ["show ng0:", /inet +tunnel +ksocket/],
    ["msg tunnel: getpeername", /inet\/127\.0\.0\.2:4028/],
  ],
};

/** Types of nodes that send frames to the wire, by the examples that are for an inline interface. */
const NEED_INLINE: Readonly<Record<string, readonly string[]>> = {
  "private-bridge.ngctl": ["bridge", "eiface"],
  "vlan.ngctl": ["eiface"],
};

test("every example is expected here", () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(scripts.sort());
});

describe("examples on a host with an interface em0", () => {
  let hosts: TwoHosts;
  let folder = "";
  let graph: Background | undefined;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-examples-"));
    hosts = new TwoHosts("em0");
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await graph?.stop();
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const observes = (type: string): unknown =>
    expect.stringMatching(`interfaces only observe here: nothing that nodes of type ${type} send`);

  test("ngctl says once that bridges need --inline, and not if there is an inline interface", async () => {
    const control = join(folder, "control.sock");
    const ngctl = (...lines: string[]): ReturnType<typeof run> =>
      run([...NGCTL, "--control", control, "-f", "-"], { input: lines.map((line) => `${line}\n`).join("") });
    const start = async (...options: string[]): Promise<void> => {
      graph = new Background(hosts.left.exec([...NGFLOW, "graph", "--control", control, ...options]));
      await graph.until("ngflow graph", () => graph?.stdout.includes(control) === true);
    };
    await start("--interface", "em0");
    const seen = ngctl(
      "mkpeer em0: bridge lower link0",
      "mkpeer em0:lower hub link1 x",
      "mkpeer em0: bridge upper link0",
    );
    expect([seen.status, seen.stdout]).toEqual([0, ""]);
    expect(seen.stderr.trimEnd().split("\n")).toEqual([observes("bridge")]);
    await graph!.until("the log", () => graph!.stderr.includes("\n"));
    expect(graph!.stderr.trimEnd().split("\n")).toEqual([observes("bridge")]);
    await graph!.stop();
    await start("--inline", "em0", "--force");
    expect(ngctl("mkpeer em0: bridge lower link0")).toMatchObject({ status: 0, stderr: "" });
    expect(graph!.stderr).toBe("");
  });

  test.for(scripts)("%s builds the graph it describes", async (name) => {
    const control = join(folder, "control.sock");
    const script = join(ROOT, "examples", name);
    graph = new Background(
      hosts.left.exec([...NGFLOW, "graph", "--interface", "em0", "--control", control, "-f", script]),
    );
    await graph.until("ngflow graph", () => graph?.stdout.includes(control) === true);
    const list = must([...NGCTL, "--control", control, "list"]);
    // Every name that the script gives is that of a node, and nothing was refused.
    const named = [...readFileSync(script, "utf8").matchAll(/^name \S+ (\S+)$/gm)].map(([, given = ""]) => given);
    expect(named.length).toBeGreaterThan(0);
    for (const given of ["em0", ...named]) expect(list).toMatch(new RegExp(`Name: ${given} `));
    const said = (): string[] => graph!.stderr.split("\n").filter(Boolean).sort();
    // The daemon's log and its ngctl.
    const types = NEED_INLINE[name] ?? [];
    const expected = [...types, ...types].map(observes);
    await graph.until("the log", () => said().length >= expected.length);
    expect(said()).toEqual(expected);
    for (const [words, answer] of EXPECTED[name] ?? [])
      expect(must([...NGCTL, "--control", control, ...words.split(" ")])).toMatch(answer);
  });
});
