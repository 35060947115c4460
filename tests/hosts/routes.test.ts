import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl");

interface Counted {
  readonly routes: number;
  readonly refused: number;
  readonly logged: readonly string[];
  readonly lateMs: number;
}

/** tests/hosts/probe/routes.mjs: a line for each line. */
class RouteProbe {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(words: readonly string[]) {
    this.#child = spawn(words[0]!, words.slice(1), { stdio: "pipe" });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("the probe ended");
    return JSON.parse(value);
  }

  async ask(line: string): Promise<unknown> {
    this.#child.stdin.write(`${line}\n`);
    return this.next();
  }

  async count(): Promise<Counted> {
    return (await this.ask("count")) as Counted;
  }

  /** Asks until the answer is the expected one; the last answer shows when it never is. */
  async until(line: string, expected: unknown): Promise<void> {
    const wanted = JSON.stringify(expected);
    let answer: unknown;
    for (let n = 0; n < 100; n++) {
      answer = await this.ask(line);
      if (JSON.stringify(answer) === wanted) return;
      await sleep(50);
    }
    expect(answer).toEqual(expected);
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }
}

interface Line {
  readonly kind: string;
  readonly scope?: Record<string, number>;
  readonly fields: Record<string, string | number>;
}

describe("the kernel's routes", () => {
  let hosts: TwoHosts;
  let folder = "";
  let probe: RouteProbe | undefined;
  let exporter: Background | undefined;
  const ip = (...words: string[]): string => must(["ip", "-n", hosts.left.namespace, ...words]);

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-routes-"));
    hosts = new TwoHosts();
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    probe?.stop();
    await exporter?.stop("SIGKILL");
    exporter = undefined;
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startProbe(...args: string[]): Promise<RouteProbe> {
    probe = new RouteProbe(hosts.left.exec([process.execPath, `${ROOT}tests/hosts/probe/routes.mjs`, ...args]));
    expect(await probe.next()).toMatchObject({ ready: expect.any(Number) });
    return probe;
  }

  const index = (): number => (JSON.parse(ip("-j", "link", "show", hosts.device)) as [{ ifindex: number }])[0].ifindex;

  test("are those of the kernel, and follow it", async () => {
    const own = await startProbe();
    const device = index();
    expect(await own.ask("10.77.0.2")).toEqual({ index: device, length: 24, gateway: null });
    expect(await own.ask("10.77.0.1")).toEqual({ index: 1, length: 32, gateway: null });
    expect(await own.ask("fd77::2")).toEqual({ index: device, length: 64, gateway: null });
    expect(await own.ask("192.0.2.1")).toBeNull();
    ip("route", "add", "192.0.2.0/24", "via", "10.77.0.2");
    await own.until("192.0.2.1", { index: device, length: 24, gateway: [10, 77, 0, 2] });
    ip("route", "add", "192.0.2.128/25", "via", "10.77.0.3", "metric", "50");
    ip("route", "add", "192.0.2.128/25", "via", "10.77.0.4", "metric", "10");
    await own.until("192.0.2.200", { index: device, length: 25, gateway: [10, 77, 0, 4] });
    ip("route", "replace", "192.0.2.128/25", "via", "10.77.0.5", "metric", "10");
    await own.until("192.0.2.200", { index: device, length: 25, gateway: [10, 77, 0, 5] });
    ip("route", "delete", "192.0.2.128/25", "metric", "10");
    await own.until("192.0.2.200", { index: device, length: 25, gateway: [10, 77, 0, 3] });
    ip("route", "add", "unreachable", "192.0.2.64/26");
    await own.until("192.0.2.65", null);
    ip("-6", "route", "add", "default", "via", "fd77::2");
    await own.until("2001:db8::1", { index: device, length: 0, gateway: [0xfd, 0x77, ...Array(13).fill(0), 2] });
    // Links take their routes with them, and IPv4 only reports the link.
    ip("link", "set", hosts.device, "down");
    await own.until("192.0.2.1", null);
    await own.until("10.77.0.2", null);
  });

  test("are read completely, thousands of them, without blocking the event loop", async () => {
    const routes = Array.from(
      { length: 20_000 },
      (_, i) => `route add 100.${64 + (i >> 8)}.${i & 255}.0/24 via 10.77.0.2\n`,
    );
    const batch = join(folder, "routes");
    writeFileSync(batch, routes.join(""));
    const own = await startProbe();
    const before = await own.count();
    ip("-batch", batch);
    let counted = before;
    for (let n = 0; n < 200 && counted.routes < before.routes + routes.length; n++) {
      await sleep(50);
      counted = await own.count();
    }
    expect(counted).toMatchObject({ routes: before.routes + routes.length, refused: 0, logged: [] });
    expect(await own.ask("100.100.7.1")).toMatchObject({ length: 24, gateway: [10, 77, 0, 2] });
    // Other processes run on these cores, too.
    expect(counted.lateMs).toBeLessThan(250);
  });

  test("are not kept while there are more than the limit, and are kept again afterwards", async () => {
    const own = await startProbe("40");
    const before = await own.count();
    expect(before.refused).toBe(0);
    for (let i = 0; i < 40; i++) ip("route", "add", `100.64.${i}.0/24`, "via", "10.77.0.2");
    await own.until("10.77.0.2", null);
    expect(await own.count()).toMatchObject({
      routes: 0,
      refused: expect.any(Number),
      logged: [expect.stringContaining("more than 40 routes")],
    });
    expect((await own.count()).refused).toBeGreaterThan(40);
    ip("route", "flush", "root", "100.64.0.0/10");
    await own.until("10.77.0.2", { index: index(), length: 24, gateway: null });
    expect((await own.count()).refused).toBe(0);
  });

  function flowsOf(file: string): Line[] {
    const lines = must([...NGFLOW, "decode", file])
      .trim()
      .split("\n");
    return lines.map((line) => JSON.parse(line) as Line);
  }

  test("fill masks, next hop, output interface and AS numbers of `ngflow export -i`", async () => {
    const file = join(folder, "flows.pcap");
    const table = join(folder, "as.csv");
    writeFileSync(table, "# test networks\n10.77.0.0/24,64500\n192.0.2.0/24,4200000000\n");
    const words = ["export", "-i", hosts.device, "--to", file, "--format", "ipfix", "--as-table", table];
    exporter = new Background(hosts.left.exec([...NGFLOW, ...words, "--inactive", "1"]));
    await exporter.until("the capture", () => existsSync(`${file}.part`));
    await sleep(1500);
    ip("route", "add", "192.0.2.0/24", "via", "10.77.0.2");
    await sleep(300);
    const ping = ["ping", "-q", "-c", "2", "-i", "0.05", "-W", "1"];
    // No host answers there, but the packets are sent.
    must(["sh", "-c", hosts.left.exec([...ping, "192.0.2.9"]).join(" ") + " || true"]);
    must(hosts.left.exec([...ping, hosts.right.ipv6]));
    await sleep(2500);
    ip("route", "replace", "192.0.2.0/26", "via", "10.77.0.7");
    ip("neighbour", "add", "10.77.0.7", "lladdr", "02:00:00:00:00:07", "dev", hosts.device);
    await sleep(300);
    must(["sh", "-c", hosts.left.exec([...ping, "192.0.2.9"]).join(" ") + " || true"]);
    const ended = await exporter.stop("SIGINT");
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    const lines = flowsOf(file);
    const to = lines
      .filter(({ fields }) => fields["destinationIPv4Address"] === "192.0.2.9")
      .map(({ fields }) => fields);
    const expected = {
      bgpSourceAsNumber: 64500,
      bgpDestinationAsNumber: 4200000000,
      egressInterface: index(),
      sourceIPv4PrefixLength: 32,
    };
    expect(to).toMatchObject([
      { ...expected, ipNextHopIPv4Address: "10.77.0.2", destinationIPv4PrefixLength: 24 },
      { ...expected, ipNextHopIPv4Address: "10.77.0.7", destinationIPv4PrefixLength: 26 },
    ]);
    const ipv6 = lines.find(({ fields }) => fields["destinationIPv6Address"] === hosts.right.ipv6)!.fields;
    expect(ipv6).toMatchObject({
      bgpDestinationAsNumber: 0,
      egressInterface: index(),
      destinationIPv6PrefixLength: 64,
      ipNextHopIPv6Address: "::",
    });
    const names = lines.filter(({ kind, fields }) => kind === "option" && fields["interfaceName"] !== undefined);
    expect(names.map(({ scope, fields }) => [scope, fields["interfaceName"]])).toContainEqual([
      { ingressInterface: index() },
      hosts.device,
    ]);
  });

  test("fill the records of a node of `ngflow graph`", async () => {
    const control = join(folder, "control.sock");
    const script = join(folder, "graph.ngctl");
    writeFileSync(
      script,
      [
        `mkpeer ${hosts.device}: netflow lower iface0`,
        `name ${hosts.device}:lower netflow`,
        "mkpeer netflow: hole export9 sink",
        "",
      ].join("\n"),
    );
    ip("route", "add", "default", "via", "10.77.0.2");
    const daemon = new Background(hosts.left.exec([...NGFLOW, "graph", "--control", control, "-f", script]));
    exporter = daemon;
    await daemon.until("the graph", () => daemon.stdout.includes("control"));
    must(hosts.left.exec(["ping", "-q", "-c", "2", "-i", "0.05", hosts.right.ipv4]));
    await sleep(500);
    const shown = must([
      ...NGFLOW.slice(0, 1),
      `${ROOT}apps/ngflow/bin/flowctl.js`,
      "--control",
      control,
      "netflow:",
      "show",
      "ipv4",
      "v",
    ]);
    // From the right host to this one: the route to this host is /32 by loopback, that to the source /24.
    expect(shown).toMatch(/\/24 0 .*\/32 0 /);
    expect(must([...NGCTL, "--control", control, "msg", "netflow:", "info"])).toContain("IPv4 packets=2");
  });
});
