import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Api } from "../support/api.ts";
import { type Background, must, NGCTL, NGFLOW, sleep } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping");
const HTTP = "127.0.0.1:8080";
/** Flows end soon, so that records are exported all the time. */
const TIMEOUTS = "{ inactive=1 active=2 }";

interface Part {
  readonly count: number;
  readonly text: string;
}

interface Hop {
  readonly name: string;
  readonly verdict: string;
  readonly in: number | null;
  readonly out: Part | null;
  readonly lost: readonly Part[];
  readonly rest: Part | null;
}

describe("ngflow audit beside ngflow up", () => {
  const on = useTwoHosts(missing);
  const data = (): string => join(on.folder, "data");
  const control = (): string => join(on.folder, "control.sock");

  async function up(): Promise<Background> {
    const api = new Api(on.hosts.left, HTTP);
    const where = ["--interface", "eth0", "--data", data(), "--http", HTTP, "--control", control()];
    const ngflow = on.start([...NGFLOW, "up", ...where]);
    await ngflow.until("ngflow up", () => ngflow.stdout.includes(`http://${HTTP}`) && api.answers());
    ngctl("msg", "netflow:", "settimeouts", TIMEOUTS);
    return ngflow;
  }

  const ngctl = (...words: string[]): string => must(on.hosts.left.exec([...NGCTL, "--control", control(), ...words]));

  const ping = (count: number): Background =>
    on.start(["ping", "-q", "-i", "0.01", "-c", String(count), on.hosts.right.ipv4]);

  async function audit(): Promise<{ readonly status: number | null; readonly hops: ReadonlyMap<string, Hop> }> {
    const command = on.start([...NGFLOW, "audit", "--data", data(), "--json"]);
    const { status, stdout } = await command.ended(30_000);
    const { hops } = JSON.parse(stdout) as { readonly hops: readonly Hop[] };
    return { status, hops: new Map(hops.map((hop) => [hop.name, hop])) };
  }

  const verdicts = (hops: ReadonlyMap<string, Hop>): Record<string, string> =>
    Object.fromEntries([...hops.values()].map(({ name, verdict }) => [name, verdict]));

  const BALANCED = Object.fromEntries(
    ["captured", "read", "accounted", "flows", "sent", "received", "decoded", "taken", "written", "known"]
      .concat("stored", "answered")
      .map((name) => [name, "balanced"]),
  );

  test("every hop is balanced, also while packets flow", { timeout: 120_000 }, async () => {
    await up();
    const traffic = ping(1500);
    await sleep(5000);
    const during = await audit();
    expect(verdicts(during.hops)).toEqual(BALANCED);
    expect(during.status).toBe(0);
    await traffic.ended(30_000);
    await sleep(5000);
    const after = await audit();
    expect(verdicts(after.hops)).toEqual(BALANCED);
    // At rest nothing is on the way, from the interface's own counter to the answer of a query.
    for (const { name, rest } of after.hops.values()) expect([name, rest]).toEqual([name, null]);
    expect(after.hops.get("captured")!.in).toBeGreaterThanOrEqual(3000);
    expect(after.hops.get("accounted")!.out!.count).toBeGreaterThanOrEqual(3000);
  });

  test("names the hop and the number of what was lost", { timeout: 120_000 }, async () => {
    await up();
    await ping(100).ended(10_000);
    await sleep(4000);
    expect(verdicts((await audit()).hops)).toEqual(BALANCED);

    // Without the loopback interface datagrams do not arrive; their records are missing by the sequence numbers.
    must(on.hosts.left.exec(["ip", "link", "set", "lo", "down"]));
    await ping(100).ended(10_000);
    await sleep(4000);
    must(on.hosts.left.exec(["ip", "link", "set", "lo", "up"]));
    await ping(100).ended(10_000);
    await sleep(4000);
    const unsent = await audit();
    expect(unsent.status).toBe(1);
    const received = unsent.hops.get("received")!;
    expect(received.verdict).toBe("open");
    expect(received.rest).toEqual({
      key: "received.missing",
      count: received.in! - received.out!.count,
      text: "datagrams that were sent and did not arrive",
    });
    expect(received.rest!.count).toBeGreaterThan(0);
    expect(unsent.hops.get("decoded")!.lost[0]!.count).toBeGreaterThan(0);
  });
});
