import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, run } from "../support/command.ts";
import type { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { addressOf, arrivals, connect, DATAGRAMS, prepare } from "../support/script-machine.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "awk");

const SCRIPTS = join(ROOT, "apps/ngflow/src/explain/testdata/public");

interface Live {
  readonly args?: readonly string[];
  /** Values that rc.conf would have. */
  readonly set?: Readonly<Record<string, string>>;
  /** Interfaces of the machine that the script does not name. */
  readonly others?: readonly string[];
  /** Addresses of the machine that the script binds. */
  readonly addresses?: readonly string[];
  /** An address behind the script's tunnel. */
  readonly behind?: string;
  /** Node types that the script needs and ngflow lacks: both explain and the script name them. */
  readonly lacks?: readonly string[];
  /** Programs that have to be there. */
  readonly tools?: readonly string[];
}

/** Every script, with what its machine has. */
const LIVE: Readonly<Record<string, Live>> = {
  "01-rcd-ng_netflow.sh": {
    args: ["start"],
    set: {
      ng_netflow_interface: "em0",
      ng_netflow_collector_addr: "10.77.0.2",
      ng_netflow_collector_port: "2055",
    },
  },
  "02-opnsense-rcd-netflow.sh": {
    args: ["start"],
    set: {
      netflow_interfaces: "em0",
      netflow_em0_int_destination: "127.0.0.1:2055",
      netflow_em0_destinations: "",
      netflow_inactive_timeout: "15",
      netflow_active_timeout: "1800",
    },
  },
  "03-ng_netflow-first-example.sh": {},
  "04-ng_netflow-second-example.sh": { others: ["em0"] },
  "05-imunes-router.sh": {},
  "06-wanguard-file.sh": { args: ["start"] },
  "07-udp6.sh": {},
  "08-wrong-order.sh": {},
  "09-mpd5.sh": {},
  "10-cni-eiface.sh": {},
  "11-imunes-link.sh": { others: ["em0"] },
  "12-vmware-bridge.sh": {},
  "13-brouted-igc.sh": {},
  "14-blog-rcd-netgraph.ngctl": {},
  "15-one2many-page.sh": {},
  "16-source-page.sh": {},
  "17-ether-page.sh": {},
  "18-bpf-page.sh": { tools: ["tcpdump"] },
  "19-mkcar-shaper.sh": {},
  "20-car-page.sh": {},
  "21-etf-page.sh": {},
  "22-vlan-page.sh": {},
  "23-pfatt.sh": {},
  "24-nat-page.sh": { others: ["em0"], lacks: ["nat"] },
  "25-patch-page.sh": { others: ["em0"], lacks: ["ipfw"] },
  "26-tag-page.sh": { others: ["em0"], lacks: ["ipfw"] },
  "27-ipacct.sh": { others: ["em0"], lacks: ["ipacct"] },
  "28-hub-nghook.sh": {},
  "29-munin-polling.sh": { others: ["em0"] },
  "30-ngbuddy.sh": { args: ["start"] },
  "e1-ether.bridge.sh": { args: ["start"] },
  // The script takes the last node of a list as the newest. With less nodes the list has 16 buckets, here and on
  // FreeBSD, and the node whose id is 17 comes first: it then connects an interface twice, and stops.
  "e2-virtual.lan.sh": { args: ["start"], others: ["em1", "em2", "em3"] },
  "e3-virtual.chain.sh": { args: ["start"], others: ["em0"] },
  "e4-ngctl.txt": { others: ["em0"], addresses: ["192.0.2.1"] },
  "e5-frame_relay.sh": { lacks: ["frame_relay", "lmi", "rfc1490"] },
  "e6-raw.sh": {},
  "e7-udp.tunnel.sh": {
    others: ["em0"],
    addresses: ["198.51.100.1"],
    behind: "192.0.2.129",
  },
};

/** What the script with tcpdump computes, from the tcpdump that is here. */
function bpfProgram(): string {
  const words = ["tcpdump", "-s", "8192", "-y", "EN10MB", "-ddd", "tcp dst port 80"];
  const [length, ...lines] = must(words).trim().split("\n");
  const code = lines.map((line) => line.replace(/^(\d+) (\d+) (\d+) (\d+)$/, "{ code=$1 jt=$2 jf=$3 k=$4 }"));
  return `bpf_prog_len=${length} bpf_prog=[ ${code.join(" ")} ]`;
}

interface Row {
  readonly interface: string;
  readonly direction: "in" | "out";
  readonly passed: readonly string[];
  readonly duplicated: boolean;
  readonly spread: readonly unknown[];
}

interface PictureNode {
  readonly id: number;
  readonly name: string | null;
  readonly type: string;
  readonly hooks: readonly { readonly peerId: number }[];
  /** Where a socket sends to. */
  readonly target: { readonly address: string } | null;
}

interface Step {
  readonly outcome: string;
  readonly why: string | null;
  readonly traffic: readonly Row[];
  readonly picture: { readonly nodes: readonly PictureNode[] };
}

interface Explained {
  readonly interfaces: readonly string[];
  readonly steps: readonly Step[];
  readonly end: { readonly traffic: readonly Row[] } | null;
}

/** Node types that refusals name. */
function lackedTypes(text: string): string[] {
  return [...new Set([...text.matchAll(/node type (?:is called )?(\w+)/g)].map(([, type]) => type!))];
}

/** The nodes that explain draws last, each with its name, type and number of hooks, without ngctl's own. */
function drawnNodes({ picture: { nodes } }: Step): string[] {
  const own = new Set(nodes.filter(({ type }) => type === "socket").map(({ id }) => id));
  return nodes
    .filter(({ id }) => !own.has(id))
    .map(({ name, type, hooks }) => {
      return `${name ?? "<unnamed>"} ${type} ${hooks.filter(({ peerId }) => !own.has(peerId)).length}`;
    })
    .sort();
}

/** The same of the graph that runs. */
function listedNodes(list: string): string[] {
  return [...list.matchAll(/^ *Name: (\S+) +Type: (\S+) +ID: \S+ +Num hooks: (\d+)$/gm)]
    .map(([, name, type, hooks]) => `${name} ${type} ${hooks}`)
    .filter((node) => !node.includes(" socket "))
    .sort();
}

describe("explain's verdict on a public script agrees with the script, run by sh", () => {
  let hosts: TwoHosts | undefined;
  let graph: Background | undefined;
  let other: Background | undefined;
  let folder = "";

  afterEach(async () => {
    for (const process of [graph, other]) await process?.stop("SIGKILL");
    hosts?.remove();
    [hosts, graph, other] = [undefined, undefined, undefined];
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("runs every script", () => {
    expect(readdirSync(SCRIPTS).sort()).toEqual(Object.keys(LIVE).sort());
  });

  test.for(Object.entries(LIVE))("%s", { timeout: 180_000 }, async ([name, live], ctx) => {
    const reason = missing ?? absentTools(...(live.tools ?? []));
    ctx.skip(reason !== undefined, reason);
    folder = mkdtempSync(join(tmpdir(), "ngflow-public-"));
    const { args = [], set = {}, others = [], lacks = [] } = live;
    const given = live.tools === undefined ? set : { BPFPROG: bpfProgram() };
    const values = Object.entries(given).flatMap(([variable, value]) => ["--set", `${variable}=${value}`]);
    const named = others.flatMap((device) => ["--interface", device]);
    const explain = [...NGFLOW, "explain", "--format", "json", ...named, ...values, join(SCRIPTS, name), ...args];
    const explained = JSON.parse(run(explain).stdout) as Explained;
    const refusals = explained.steps.filter(({ outcome }) => outcome === "refused");
    expect(lackedTypes(refusals.map(({ why }) => why).join("\n"))).toEqual(lacks);

    const two = connect(explained.interfaces);
    hosts = two;
    for (const address of live.addresses ?? [])
      must(["ip", "-n", two.left.namespace, "address", "add", `${address}/32`, "dev", "lo"]);
    const inline = explained.interfaces.flatMap((device) => ["--inline", device]);
    const control = join(folder, "control.sock");
    graph = new Background(two.left.exec([...NGFLOW, "graph", "--force", ...inline, "--control", control]));
    await graph.until("ngflow graph", () => graph!.stdout.includes(control));
    other = new Background(two.right.exec(["sh", "-c", "echo ready; exec sleep infinity"]));
    await other.until("sh", () => other!.stdout.includes("ready"));

    const { stderr } = run(two.left.exec(prepare(folder, join(SCRIPTS, name), args, set)), { timeoutMs: 60_000 });
    const statuses = readFileSync(join(folder, "bin/ngctl.log"), "utf8").trim().split("\n").map(Number);
    expect(statuses.filter((status) => status !== 0).length, `${name}: ${stderr}`).toBe(refusals.length);
    expect(lackedTypes(stderr)).toEqual(lacks);
    const last = explained.steps.at(-1)!;
    expect(listedNodes(must([...NGCTL, "--control", control, "list"]))).toEqual(drawnNodes(last));

    for (const row of (explained.end ?? last).traffic) {
      const index = explained.interfaces.indexOf(row.interface);
      const inward = row.direction === "in";
      const [from, to, toPid] = inward ? [two.right, two.left, graph.pid] : [two.left, two.right, other.pid];
      const whole = !row.passed.includes("icmp") ? 0 : row.duplicated ? "more" : row.spread.length > 0 ? "some" : 1;
      const expected = whole === 0 ? 0 : 1 / Math.max(1, row.spread.length);
      const found = await arrivals(from, toPid, addressOf(to, index), expected);
      const seen = found > 1 ? "more" : found > 0 && found < 1 ? "some" : found;
      expect([name, row.interface, row.direction, seen]).toEqual([name, row.interface, row.direction, whole]);
    }
    if (live.behind !== undefined) {
      const target = last.picture.nodes.flatMap((node) => node.target?.address ?? [])[0]!;
      must(["ip", "-n", two.right.namespace, "address", "add", `${target.split(":")[0]}/32`, "dev", "lo"]);
      expect(await arrivals(two.left, other.pid, live.behind, 1, DATAGRAMS)).toBe(1);
    }
  });
});
