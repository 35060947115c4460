import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Background, must, run, sleep } from "../../support/command.ts";
import { captureHeader, ETHERNET } from "../../support/packets.ts";
import { TwoHosts } from "../../support/hosts.ts";
import { NGCTL, NGFLOW, start } from "./target.ts";

const HTTP = "127.0.0.1:8080";
const PORT = 4444;
const FETCH = new URL("../../support/fetch.mjs", import.meta.url).pathname;
/** Longest time until everything that was sent is where it stays. */
const REST_MS = 60_000;

interface Part {
  readonly key: string;
  readonly count: number;
}

/** A hop of `ngflow audit --json`. */
export interface Hop {
  readonly name: string;
  readonly verdict: string;
  readonly in: number | null;
  readonly out: Part | null;
  readonly lost: readonly Part[];
  readonly besides: readonly Part[];
  readonly waiting: readonly Part[];
  readonly rest: Part | null;
}

/** What `ngflow audit` printed, and its exit status. */
export interface Audited {
  readonly status: number | null;
  readonly hops: readonly Hop[];
}

/** How the daemons are started, and the ngctl lines of the graph after its meter was made. */
export interface LabWords {
  readonly graph?: readonly string[];
  readonly script?: readonly string[];
  readonly collect?: readonly string[];
  /** Words that the collector runs under. */
  readonly collectUnder?: readonly string[];
}

/** ngctl lines that export by a hook, from an address of this machine. IPFIX numbers every record. */
export const exportLines = (hook: string, from = "127.0.0.1"): string[] => [
  `mkpeer netflow: ksocket ${hook} inet/dgram/udp`,
  `msg netflow:${hook} bind inet/${from}:0`,
  `msg netflow:${hook} connect inet/127.0.0.1:${PORT}`,
];

/**
 * Graph, collector and server, each a process of its own, on the left one of two hosts whose cable carries nothing but
 * what the test sends. Flows of one packet are exported within two seconds: a packet is a flow, a record and a row.
 */
export class AuditLab {
  readonly hosts = new TwoHosts();
  graph!: Background;
  collect!: Background;
  serve!: Background;
  /** An empty folder of the test. */
  readonly folder: string;
  /** Flows that were sent. */
  sent = 0;

  private constructor(folder: string) {
    this.folder = folder;
    chmodSync(folder, 0o755);
    const { left, right } = this.hosts;
    for (const [one, other] of [
      [left, right],
      [right, left],
    ] as const) {
      must(one.exec(["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1"]));
      const mac = must(other.exec(["cat", "/sys/class/net/eth0/address"])).trim();
      // Nobody has to ask who has an address.
      must(["ip", "-n", one.namespace, "neigh", "replace", other.ipv4, "lladdr", mac, "dev", "eth0"]);
    }
  }

  static async start(folder: string, words: LabWords = {}): Promise<AuditLab> {
    const lab = new AuditLab(folder);
    const script = [
      "mkpeer eth0: netflow lower iface0",
      "name eth0:lower netflow",
      "connect eth0: netflow: upper out0",
      "msg netflow: setconfig { iface=0 conf=7 }",
      "msg netflow: settimeouts { inactive=1 active=2 }",
      ...(words.script ?? exportLines("export10")),
    ];
    writeFileSync(join(folder, "graph.ngctl"), `${script.join("\n")}\n`);
    const [data, control] = [
      ["--data", join(folder, "data")],
      ["--control", join(folder, "control.sock")],
    ];
    const daemon = (text: string, verb: string, rest: readonly string[], under: readonly string[] = []) =>
      start(lab.hosts.left.exec([...under, ...NGFLOW, verb, ...rest, "--user", "root"]), text);
    const listen = ["--listen", `127.0.0.1:${PORT}`];
    lab.collect = await daemon(
      "listening  ",
      "collect",
      [...data, ...listen, ...(words.collect ?? [])],
      words.collectUnder,
    );
    const file = ["-f", join(folder, "graph.ngctl")];
    lab.graph = await daemon("control", "graph", ["--interface", "eth0", ...control, ...file, ...(words.graph ?? [])]);
    lab.serve = await daemon("console  ", "serve", [...data, ...control, "--http", HTTP]);
    return lab;
  }

  /** What a path of the API answers. */
  get<T>(path: string): T {
    return JSON.parse(must(this.hosts.left.exec([process.execPath, FETCH, `http://${HTTP}/api/v1${path}`]))) as T;
  }

  ngctl(...words: string[]): string {
    return must(this.hosts.left.exec([...NGCTL, "--control", join(this.folder, "control.sock"), ...words]));
  }

  /** Rows that a query finds, of all times. */
  rows(): number {
    return this.total("flows");
  }

  /** A total of all flows that a query finds. */
  total(metric: "flows" | "packets"): number {
    const words = `metric=${metric}&counters=raw&last=1d&time=arrival`;
    const { rows } = this.get<{ rows: Record<string, number>[] }>(`/query?${words}`);
    return Number(rows[0]?.[metric] ?? 0);
  }

  /** Sends packets of 5,000 flows again and again from the right host; how many, and in what time. */
  async flood(pps: number, seconds: number): Promise<{ readonly packets: number; readonly seconds: number }> {
    const path = join(this.folder, "flood.pcap");
    writeFileSync(path, captureOfFlows(0, 5000, 4));
    const loops = Math.round((pps * seconds) / 5000);
    const words = ["tcpreplay", "-q", "-K", `--pps=${pps}`, `--loop=${loops}`, "-i", "eth0", path];
    const { status, stdout, stderr } = await new Background(this.hosts.right.exec(words)).ended((seconds + 120) * 1000);
    const [, packets, took] = /Actual: (\d+) packets .* sent in ([\d.]+) seconds/.exec(stdout + stderr) ?? [];
    if (status !== 0 || packets === undefined) throw new Error(`tcpreplay: ${status}: ${stdout}${stderr}`);
    return { packets: Number(packets), seconds: Number(took) };
  }

  /** Sends so many frames of 60 bytes from the right host, each a flow that was not there before. */
  play(flows: number, version: 4 | 6 = 4): void {
    const path = join(this.folder, "flows.pcap");
    writeFileSync(path, captureOfFlows(this.sent, flows, version));
    this.sent += flows;
    must(this.hosts.right.exec(["tcpreplay", "-q", "-t", "-K", "-i", "eth0", path]), { timeoutMs: 120_000 });
  }

  /** A counter of the graph's meter. */
  meter(name: string): number {
    const { nodes } = this.get<{ nodes: { name: string; counters: Record<string, number> }[] }>("/graph");
    return nodes.find((node) => node.name === "netflow")!.counters[name]!;
  }

  /** Datagrams that the collector has decoded. */
  decodedDatagrams(): number {
    const { exporters } = this.get<{ exporters: { datagrams: number }[] }>("/exporters");
    return exporters.reduce((sum, { datagrams }) => sum + datagrams, 0);
  }

  /** A counter of a protocol of the left host's kernel, such as `Udp OutDatagrams`. */
  kernel(protocol: string, name: string): number {
    const lines = must(this.hosts.left.exec(["cat", "/proc/net/snmp"]))
      .split("\n")
      .filter((line) => line.startsWith(`${protocol}:`))
      .map((line) => line.split(" "));
    return Number(lines[1]![lines[0]!.indexOf(name)]);
  }

  /** Datagrams that the kernel dropped because the buffer of the collector's socket was full. */
  bufferDrops(): number {
    const port = PORT.toString(16).toUpperCase().padStart(4, "0");
    const lines = must(this.hosts.left.exec(["cat", "/proc/net/udp"])).split("\n");
    const ours = lines.filter((line) => new RegExp(`^ *\\d+: [0-9A-F]{8}:${port} `).test(line));
    return ours.reduce((sum, line) => sum + Number(line.trim().split(/ +/).at(-1)), 0);
  }

  /** The directory of blocks that wait for the store. */
  get spool(): string {
    return join(this.folder, "data/spool");
  }

  /** Stops a process while something is done. */
  async whileStopped(daemon: Background, done: () => unknown): Promise<void> {
    process.kill(daemon.pid, "SIGSTOP");
    try {
      await done();
    } finally {
      process.kill(daemon.pid, "SIGCONT");
    }
  }

  /** Waits until the flows that were sent have left the cache, and no more datagrams come or go. */
  async exported(): Promise<void> {
    const passed = (): number => this.kernel("Udp", "OutDatagrams") + this.kernel("Udp", "InDatagrams");
    await sleep(4000);
    for (let before = -1, now = passed(); before !== now; now = passed()) {
      before = now;
      await sleep(2500);
    }
  }

  /** The audit when nothing is under way any more: what `ngflow audit` prints, and its exit status. */
  async audit(): Promise<Audited> {
    let before = "";
    for (const endMs = Date.now() + REST_MS; Date.now() < endMs; await sleep(1500)) {
      const { hops } = this.get<{ hops: readonly Hop[] }>("/audit?last=1h");
      const now = JSON.stringify(hops);
      if (now === before && hops.every(({ waiting }) => waiting.length === 0)) break;
      before = now;
    }
    const words = [...NGFLOW, "audit", "--data", join(this.folder, "data"), "--json"];
    const { status, stdout, stderr } = run(this.hosts.left.exec(words), { timeoutMs: 60_000 });
    if (stdout === "") throw new Error(`ngflow audit: ${stderr}`);
    return { status, hops: (JSON.parse(stdout) as { hops: readonly Hop[] }).hops };
  }
}

/** What is not as balanced as it should be: a line for each hop. */
export function wrongOf({ hops }: Audited, besides: readonly string[] = []): string[] {
  const hopsOf = hops.filter(({ name, verdict }) => verdict !== "balanced" && !besides.includes(name));
  return hopsOf.map(({ name, verdict, in: came, out, lost, besides: more, rest }) =>
    JSON.stringify({ name, verdict, came, out, lost, more, rest }),
  );
}

/** The number that a hop names under a key. */
export function namedAt({ hops }: Audited, hop: string, key: string): number | undefined {
  const found = hops.find(({ name }) => name === hop);
  const parts = [...(found?.lost ?? []), ...(found?.besides ?? []), ...(found?.rest ? [found.rest] : [])];
  return parts.find((part) => part.key === key)?.count;
}

const FRAME_BYTES = 64;
const IP_AT = 14;

/** A classic capture of Ethernet frames with an empty UDP datagram each, from addresses that count up. */
export function captureOfFlows(first: number, flows: number, version: 4 | 6): Uint8Array {
  const size = 16 + FRAME_BYTES;
  const file = new Uint8Array(24 + flows * size);
  const view = new DataView(file.buffer);
  captureHeader(view, ETHERNET);
  const ip = version === 4 ? [0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17] : [0x60, 0, 0, 0, 0, 8, 17, 64, 0xfd, 0x77];
  const header = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, ...(version === 4 ? [8, 0] : [0x86, 0xdd]), ...ip];
  /** Of the last four bytes of the source address, and of the UDP header. */
  const [sourceAt, udpAt] = version === 4 ? [IP_AT + 12, IP_AT + 20] : [IP_AT + 20, IP_AT + 40];
  for (let i = 0; i < flows; i++) {
    const at = 24 + i * size;
    view.setUint32(at + 4, i % 1_000_000, true);
    view.setUint32(at + 8, FRAME_BYTES, true);
    view.setUint32(at + 12, FRAME_BYTES, true);
    const frame = at + 16;
    file.set(header, frame);
    view.setUint32(frame + sourceAt, 0x0a80_0000 + first + i);
    view.setUint32(frame + udpAt - 4, 0x0a40_0001);
    if (version === 4) view.setUint16(frame + IP_AT + 10, checksum(view, frame + IP_AT));
    view.setUint16(frame + udpAt, 2000);
    view.setUint16(frame + udpAt + 2, 9);
    view.setUint16(frame + udpAt + 4, 8);
  }
  return file;
}

/** The checksum of the IPv4 header at an offset, whose own field is 0 (RFC 791 §3.1). */
function checksum(view: DataView, at: number): number {
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += view.getUint16(at + i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
