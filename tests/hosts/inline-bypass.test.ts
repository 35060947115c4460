import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { Pinger, type Reply } from "./probe/pinger.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");

/** How long the graph does not run, and how long frames may wait until they bypass it. */
const STANDS_MS = 5000;
const CUT_MS = 1000;
const PING_MS = 10;

/** A node type that loops at the first frame. */
const LOOPER = `
function loop() {
  for (const endMs = Date.now() + ${STANDS_MS}; Date.now() < endMs; );
}
function create() {
  let looped = false;
  return {
    receive() {
      if (!looped) loop();
      looped = true;
      return 0;
    },
  };
}
export default {
  name: "looper", cookie: 1795000001, summary: "Loops once.", role: "plain",
  hooks: [{ name: "a", summary: "Frames." }], messages: [], dropReasons: {}, create,
};
`;

/** Longest time without a reply from one moment to another. */
function longestGapMs(replies: readonly Reply[], fromMs: number, toMs: number): number {
  const times = replies.map(({ atMs }) => atMs).filter((atMs) => atMs > fromMs && atMs < toMs);
  return Math.max(...[...times, toMs].map((atMs, i) => atMs - (i === 0 ? fromMs : times[i - 1]!)));
}

describe("an inline interface whose graph does not run", () => {
  let hosts: TwoHosts;
  let folder = "";
  let graph: Background;
  let pings: Pinger;

  const control = (): string => join(folder, "control.sock");
  const ngctl = (...words: string[]): string => must([...NGCTL, "--control", control(), ...words]);

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-inline-"));
    hosts = new TwoHosts("em0");
    graph = new Background(hosts.left.exec([...NGFLOW, "graph", "--inline", "em0", "--control", control()]));
    await graph.until("ngflow graph", () => graph.stdout.includes(control()));
    pings = new Pinger(hosts.left, hosts.right.ipv4, 4000, PING_MS / 1000);
    await pings.reply(0);
  });

  afterEach(async () => {
    if (missing !== undefined) return;
    await graph.stop("SIGKILL");
    await pings.stop();
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function through(): void {
    ngctl("mkpeer", "em0:", "hub", "lower", "a");
    ngctl("name", "em0:lower", "hub");
    ngctl("connect", "em0:", "hub:", "upper", "b");
  }

  function counters(): Readonly<Record<string, number>> {
    const printed = must([process.execPath, `${ROOT}tests/support/node-counters.mjs`, control()]);
    return (JSON.parse(printed) as Record<string, Record<string, number>>)["em0"]!;
  }

  async function expectBypass(fromMs: number): Promise<void> {
    const toMs = Date.now();
    await sleep(500);
    // The frames of the first second wait for the graph, the later ones do not.
    const late = pings.replies.filter(({ atMs }) => atMs > toMs).length;
    expect(longestGapMs(pings.replies, fromMs, toMs)).toBeLessThan(CUT_MS);
    expect(late).toBeGreaterThan(10);
    // They pass through the graph again: without `upper` nothing does.
    ngctl("rmhook", "em0:", "upper");
    const cutMs = Date.now();
    await sleep(3 * CUT_MS);
    expect(pings.since(cutMs + 50)).toEqual([]);
    ngctl("rmhook", "em0:", "lower");
    expect(await pings.reply(Date.now())).toBeLessThan(CUT_MS);
    const { replies } = await pings.stop();
    expect(new Set(replies.map(({ sequence }) => sequence)).size).toBe(replies.length);
    expect(graph.stderr.match(/em0: frames bypassed its node/g)).toHaveLength(1);
    const { bypasses, bypassedMs, packetsBypassed, packetsDropped } = counters();
    expect({ bypasses, packetsDropped }).toEqual({ bypasses: 1, packetsDropped: 0 });
    expect(bypassedMs).toBeGreaterThan(STANDS_MS - CUT_MS);
    expect(bypassedMs).toBeLessThan(STANDS_MS);
    // A request and a reply of each ping.
    expect(packetsBypassed).toBeGreaterThan((STANDS_MS - CUT_MS) / PING_MS);
  }

  test("is bypassed within a second when the process is stopped", { timeout: 60_000 }, async () => {
    through();
    await sleep(300);
    const stoppedMs = Date.now();
    process.kill(graph.pid, "SIGSTOP");
    await sleep(STANDS_MS);
    process.kill(graph.pid, "SIGCONT");
    await expectBypass(stoppedMs);
  });

  test("is bypassed within a second when a node type loops", { timeout: 60_000 }, async () => {
    writeFileSync(join(folder, "looper.mjs"), LOOPER);
    must([...NGFLOW, "kldload", "--control", control(), join(folder, "looper.mjs")]);
    through();
    await sleep(300);
    const loopsMs = Date.now();
    ngctl("mkpeer", "hub:", "looper", "c", "a");
    await sleep(STANDS_MS + loopsMs - Date.now());
    await expectBypass(loopsMs);
  });
});
