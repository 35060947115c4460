import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Background, must, NGFLOW, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping");
const NGCTL = [NGFLOW[0]!, NGFLOW[1]!.replace("ngflow.js", "ngctl.js")];
const PINGS = 3;

/** Packets of a tun interface begin with the IP header, as those of WireGuard and PPP do. */
describe("an interface without Ethernet headers", () => {
  let hosts: TwoHosts;
  let folder = "";
  const background: Background[] = [];

  beforeEach(async (ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-tun-"));
    hosts = new TwoHosts();
    const probe = fileURLToPath(new URL("probe/tun.mjs", import.meta.url));
    const tun = new Background(hosts.left.exec([process.execPath, probe, "tun0"]));
    background.push(tun);
    await tun.until("the interface", () => tun.stdout.includes("ready"));
    must(hosts.left.exec(["ip", "address", "add", "192.0.2.1/24", "dev", "tun0"]));
    must(hosts.left.exec(["ip", "link", "set", "tun0", "up"]));
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    for (const each of background.splice(0).reverse()) await each.stop("SIGKILL");
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Echo requests that nobody answers. */
  function ping(): void {
    run(hosts.left.exec(["ping", "-q", "-c", String(PINGS), "-i", "0.05", "-W", "1", "192.0.2.9"]));
  }

  it.each([
    ["all packets", []],
    ["those of a filter", ["--filter", "icmp"]],
  ])("export -i meters %s", async (_, words) => {
    const file = join(folder, "flows.pcap");
    const arguments_ = ["export", "-i", "tun0", "--to", file, "--stats", "json", ...words];
    const exporter = new Background(hosts.left.exec([...NGFLOW, ...arguments_]));
    background.push(exporter);
    await exporter.until("the capture", () => existsSync(`${file}.part`));
    await sleep(1500);
    ping();
    const ended = await exporter.stop("SIGINT");
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ skipped: { notIp: 0, kernelDrops: 0 } });
    const flows = must([...NGFLOW, "decode", file])
      .split("\n")
      .filter((line) => line.includes('"kind":"flow"') && line.includes("192.0.2.9"));
    expect(flows).toHaveLength(1);
    expect(flows[0]).toContain(`"packetDeltaCount":${PINGS}`);
    expect(flows[0]).toContain(`"octetDeltaCount":${PINGS * 84}`);
  });

  it("says which filter cannot choose packets there", () => {
    const words = ["export", "-i", "tun0", "--to", join(folder, "flows.pcap"), "--filter", "ether multicast"];
    const { status, stderr } = run(hosts.left.exec([...NGFLOW, ...words]));
    expect(status).toBe(71);
    expect(stderr).toMatch(/^ngflow: -i tun0: .*the filter needs Ethernet headers/);
  });

  it("a netflow node meters it without setdlt, and setdlt decides", async () => {
    const control = join(folder, "control.sock");
    const graph = new Background(hosts.left.exec([...NGFLOW, "graph", "--interface", "tun0", "--control", control]));
    background.push(graph);
    await graph.until("the graph", () => existsSync(control));
    const ngctl = (...words: string[]): string => must([...NGCTL, "--control", control, ...words]);
    const measured = (): string => /packets=(\d+)/.exec(ngctl("msg", "nf:", "ifinfo", "0"))?.[1] ?? "0";
    ngctl("mkpeer", "tun0:", "netflow", "upper", "iface0");
    ngctl("name", "tun0:upper", "nf");
    ping();
    await sleep(300);
    expect(measured()).toBe(String(PINGS));
    expect(ngctl("msg", "nf:", "ifinfo", "0")).toContain("data link type=12");
    ngctl("msg", "nf:", "setdlt", "{ iface=0 dlt=1 }");
    ping();
    await sleep(300);
    expect(ngctl("msg", "nf:", "ifinfo", "0")).toContain("data link type=1 ");
  });
});
