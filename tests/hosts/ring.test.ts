import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { type Host, TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { captureOf, makeCapture } from "../support/packets.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");
const PROBE = (name: string) => [process.execPath, `${ROOT}tests/hosts/probe/${name}.mjs`];

/** What tests/hosts/probe/ring.mjs prints at its end. */
interface Seen {
  readonly ended: string;
  readonly received: number;
  readonly sent: number;
  readonly wireBytes: number;
  readonly foreign: number;
  readonly shortest: number;
  readonly vlanTags: readonly number[];
  readonly first: { readonly hex: string; readonly ageMs: number } | null;
  readonly packetsSeen: number;
  readonly packetsDropped: number;
  readonly freezes: number;
  readonly cpuSeconds: number;
}

describe("the packet ring, on real interfaces", () => {
  let hosts: TwoHosts;
  let folder = "";
  const running: Background[] = [];

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    hosts = new TwoHosts();
    // No host speaks unasked: frames counted before and after are those of the test.
    const silent = ["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1"];
    for (const host of [hosts.left, hosts.right]) must(host.exec(silent));
    folder = mkdtempSync(join(tmpdir(), "ngflow-ring-"));
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop("SIGKILL")));
    if (missing !== undefined) return;
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function listen(host: Host, options: object = {}, name = "eth0"): Promise<Background> {
    const probe = new Background(host.exec([...PROBE("ring"), name, JSON.stringify(options)]));
    running.push(probe);
    await probe.until("the ring", () => probe.stdout.includes("\n"));
    return probe;
  }

  function result(stdout: string): Seen {
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Seen;
  }

  async function stop(probe: Background): Promise<Seen> {
    return result((await probe.stop()).stdout);
  }

  function ping(from: Host, to: string, count: number): void {
    must(from.exec(["ping", "-q", "-i", "0.01", "-c", String(count), to]));
  }

  /** Plays a capture as fast as the machine can. Returns frames sent. */
  function play(capture: Uint8Array, loops: number): number {
    const file = join(folder, "frames.pcap");
    writeFileSync(file, capture);
    const words = ["tcpreplay", "-q", "-t", "-K", "--loop", String(loops), "-i", "eth0", file];
    const said = must(hosts.left.exec(words), { timeoutMs: 60_000 });
    return Number(/Successful packets:\s+(\d+)/.exec(said)![1]);
  }

  /** A flood onto the right host. Returns what its interface counted. */
  async function flood(loops: number): Promise<{ received: number; sent: number }> {
    const before = hosts.counters(hosts.right);
    const played = play(makeCapture(7, 500), loops);
    await sleep(500);
    const after = hosts.counters(hosts.right);
    const received = after.rxPackets - before.rxPackets;
    expect(received).toBeGreaterThanOrEqual(played);
    return { received, sent: after.txPackets - before.txPackets };
  }

  test("distinguishes received frames from sent ones, with their bytes, lengths and times", async () => {
    const probe = await listen(hosts.right);
    const before = hosts.counters(hosts.right);
    ping(hosts.left, hosts.right.ipv4, 20);
    await sleep(50);
    const after = hosts.counters(hosts.right);
    const seen = await stop(probe);
    expect(seen.received).toBe(after.rxPackets - before.rxPackets);
    expect(seen.sent).toBe(after.txPackets - before.txPackets);
    expect(seen.wireBytes).toBe(after.rxBytes - before.rxBytes + after.txBytes - before.txBytes);
    expect(seen.received).toBeGreaterThanOrEqual(20);
    expect(seen).toMatchObject({ foreign: 0, packetsDropped: 0 });
    expect(seen.first!.hex).toMatch(/^([0-9a-f]{2}){42,}$/);
    expect(seen.first!.ageMs).toBeGreaterThanOrEqual(-1);
    expect(seen.first!.ageMs).toBeLessThan(5000);
  });

  test("delivers every frame of a flood, or counts it as dropped", async (ctx) => {
    ctx.skip(absentTools("tcpreplay") !== undefined, absentTools("tcpreplay"));
    const probe = await listen(hosts.right);
    const { received, sent } = await flood(40);
    const seen = await stop(probe);
    expect(seen.packetsSeen).toBe(received + sent);
    expect(seen.received + seen.sent + seen.packetsDropped).toBe(seen.packetsSeen);
    expect(seen.received).toBeGreaterThan(0);
  });

  test("counts what a ring that is too small and too slow drops", async (ctx) => {
    ctx.skip(absentTools("tcpreplay") !== undefined, absentTools("tcpreplay"));
    const probe = await listen(hosts.right, { blockSizeBytes: 65_536, blockCount: 2, busyMs: 5 });
    const { received, sent } = await flood(10);
    const seen = await stop(probe);
    expect(seen.packetsDropped).toBeGreaterThan(0);
    expect(seen.freezes).toBeGreaterThan(0);
    expect(seen.packetsSeen).toBe(received + sent);
    expect(seen.received + seen.sent + seen.packetsDropped).toBe(seen.packetsSeen);
  });

  test("stops in the middle of an overload without losing or repeating a frame uncounted", async (ctx) => {
    ctx.skip(absentTools("tcpreplay") !== undefined, absentTools("tcpreplay"));
    const probe = await listen(hosts.right, { blockSizeBytes: 65_536, blockCount: 2, busyMs: 5 });
    writeFileSync(join(folder, "frames.pcap"), makeCapture(7, 500));
    const words = ["tcpreplay", "-q", "-t", "-K", "--loop", "1000", "-i", "eth0", join(folder, "frames.pcap")];
    const flooding = new Background(hosts.left.exec(words));
    running.push(flooding);
    const idle = hosts.counters(hosts.right).rxPackets;
    await flooding.until("the flood", () => hosts.counters(hosts.right).rxPackets > idle + 10_000);
    const seen = await stop(probe);
    expect(flooding.running).toBe(true);
    expect(seen.packetsDropped).toBeGreaterThan(0);
    expect(seen.received + seen.sent + seen.packetsDropped).toBe(seen.packetsSeen);
  });

  test("drains the unfinished block, so that an early stop loses nothing", async () => {
    const probe = await listen(hosts.right, { retireMs: 60_000 });
    ping(hosts.left, hosts.right.ipv4, 10);
    const seen = await stop(probe);
    expect(seen.received).toBeGreaterThanOrEqual(10);
    expect(seen.received + seen.sent).toBe(seen.packetsSeen);
  });

  test("truncates frames to the snap length, and reports their whole length", async () => {
    const probe = await listen(hosts.right, { snapLengthBytes: 64 });
    const before = hosts.counters(hosts.right);
    must(hosts.left.exec(["ping", "-q", "-s", "1000", "-c", "3", "-i", "0.01", hosts.right.ipv4]));
    await sleep(50);
    const after = hosts.counters(hosts.right);
    const seen = await stop(probe);
    expect(seen.shortest).toBeLessThanOrEqual(64);
    expect(seen.wireBytes).toBe(after.rxBytes - before.rxBytes + after.txBytes - before.txBytes);
  });

  test("reports the tag that the kernel takes out of a VLAN frame", async (ctx) => {
    ctx.skip(absentTools("tcpreplay") !== undefined, absentTools("tcpreplay"));
    const frame = `ffffffffffff020000000001${"8100"}${"2007"}${"0800"}${"45".padEnd(92, "0")}`;
    const probe = await listen(hosts.right);
    play(captureOf(Buffer.from(frame, "hex")), 1);
    await sleep(100);
    const seen = await stop(probe);
    expect(seen.vlanTags).toEqual([0x12007]);
    expect(seen.first!.hex.slice(24, 32)).toBe("08004500");
  });

  test("survives the interface going down and up, and ends when it is gone", async () => {
    const probe = await listen(hosts.left);
    ping(hosts.right, hosts.left.ipv4, 3);
    must(["ip", "-n", hosts.left.namespace, "link", "set", "eth0", "down"]);
    await sleep(100);
    must(["ip", "-n", hosts.left.namespace, "link", "set", "eth0", "up"]);
    await sleep(100);
    ping(hosts.right, hosts.left.ipv4, 10);
    expect(probe.running).toBe(true);
    hosts.cut();
    const ended = await probe.ended(10_000);
    const seen = result(ended.stdout);
    expect(ended.status).toBe(0);
    expect(seen.ended).toBe("gone: the interface is gone");
    expect(seen.received).toBeGreaterThanOrEqual(13);
  });

  test("leaves no descriptor, no memory and no delivery behind when it closes", () => {
    const flood = new Background(hosts.left.exec(["ping", "-q", "-f", "-c", "20000", hosts.right.ipv4]));
    running.push(flood);
    const { before, open, now, deliveriesAfterClose } = JSON.parse(
      must(hosts.right.exec([...PROBE("rings-open-close"), "eth0"])),
    );
    expect(open).toMatchObject({ rings: before.rings + 1 });
    expect(now).toEqual(before);
    expect(deliveriesAfterClose).toBe(0);
  });

  test("names the capability that is missing", () => {
    const unprivileged = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"];
    const { stdout } = run(hosts.left.exec([...unprivileged, ...PROBE("ring"), "eth0"]));
    expect(JSON.parse(stdout)).toMatchObject({
      refused: { code: "EPERM", errno: 1, message: expect.stringContaining("CAP_NET_RAW") },
    });
  });

  test("finds the interface of the default route", () => {
    must(hosts.left.exec(["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=0"]));
    must(["ip", "-n", hosts.left.namespace, "address", "replace", `${hosts.left.ipv6}/64`, "dev", "eth0", "nodad"]);
    must(["ip", "-n", hosts.left.namespace, "-6", "route", "add", "default", "via", hosts.right.ipv6]);
    const script = 'import { defaultRouteInterface } from "@ngflow/os"; console.log(defaultRouteInterface())';
    const node = [process.execPath, "--input-type=module", "-e", script];
    expect(must(hosts.left.exec(node)).trim()).toBe("eth0");
    expect(must(hosts.right.exec(node)).trim()).toBe("undefined");
  });
});
