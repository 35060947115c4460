import { createSocket } from "node:dgram";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCollector } from "@ngflow/collector";
import { parseFilter } from "@ngflow/flows";
import { createSpool, createStore, spoolDirectory, type Store } from "@ngflow/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compare } from "../../apps/ngflow/src/compare/compare.ts";
import { NfdumpProgram } from "../../apps/ngflow/src/compare/nfdump-program.ts";
import { Background, must, ROOT, run, sleep } from "../support/command.ts";
import { DATAGRAMS_SPAN_MS, DATAGRAMS_START_MS, flowDatagrams } from "../support/flow-datagrams.ts";
import { absentTools, skipWithout } from "../support/needs.ts";
import { nfdumpPort } from "../support/nfdump.ts";
import { protocolNumber } from "../support/protocols.ts";
import { freeUdpPort, untilRead } from "../support/udp-port.ts";

const isHere = absentTools("nfcapd", "nfdump") === undefined;
const SEED = 20_260_105;
const FLOWS = 2000;
const RANGE = { fromMs: DATAGRAMS_START_MS, toMs: DATAGRAMS_START_MS + DATAGRAMS_SPAN_MS };
const METRICS = ["flows", "packets", "bytes"] as const;
/** Most groups that a question has; all are compared. */
const ALL = 1000;

/** Flows, packets and bytes by the values of a group. */
type Groups = Map<string, [flows: number, packets: number, bytes: number]>;

/** Filters of the page that nfdump has, too, and those whose values are in the data. */
const PAGE = readFileSync(`${ROOT}docs/reference/filter.md`, "utf8");
const ON_PAGE = [
  ...PAGE.split("\n## nfdump\n")[1]!
    .split("\n## ")[0]!
    .matchAll(/^\| `([^`]+)` +\| works/gm),
].map((match) => match[1]!);
/** Rows of the page that Debian's nfdump 1.7.1 does not take: docs/reference/agreement.md has the reasons. */
const OURS = /^duration > 60s$|\bas\b|, 10\.0\.0\.0\/8\]$/;
const FILTERS = [
  ...ON_PAGE.filter((filter) => !OURS.test(filter)),
  "proto tcp and dst port in [80 443] and src net 10.0.0.0/8 and not host 192.1.1.1",
  "src net 10.0.0.0/16 or dst net 10.1.0.0 255.255.0.0",
  "src ip 10.0.0.1",
  "ip in [10.0.0.1 192.0.1.0/24]",
  "dst ip in [2001:db8::/48]",
  "src and dst net 10.0.0.0/8",
  "src and dst port > 79",
  "flags SA",
  "not flags AF",
  "flags 18 or flags 0",
  "flags X or not flags R",
  "icmp-type 8 and icmp-code 0",
  "icmp-type 3 or icmp-code 1",
  "in if 2 and not out if 2",
  "vlan 20 or vlan 10",
  "mac 02:00:00:00:00:02",
  "in dst mac 02:00:00:00:01:01",
  "mpls label1 200",
  "mpls label1 > 99",
  "packets LE 1",
  "bytes GE 1k and bytes < 1000000",
  "duration = 0",
  "duration <= 1000 and duration > 0",
  "duration > 10k or duration < 1K",
  "bps > 1m",
  "bps < 1000",
  "pps > 100 and pps < 1k",
  "bpp < 100 or bpp > 1400",
  "tos 184 and flowdir egress",
  "src mask 16 and dst mask 8",
  "inet and not (proto tcp or proto udp)",
  "src port < 1000 and dst port GE 1030",
] as const;

/** `nfdump -s`: its name, ours, and how its values read. */
const STATISTICS: [name: string, by: string, read?: (value: string) => string][] = [
  ["srcip", "SrcAddr"],
  ["dstip", "DstAddr"],
  ["nhip", "NextHop"],
  ["router", "ExporterAddr"],
  ["srcport", "SrcPort"],
  ["dstport", "DstPort"],
  ["tos", "Tos"],
  ["dir", "Direction"],
  ["srcas", "SrcAS"],
  ["dstas", "DstAS"],
  ["inif", "InIf"],
  ["outif", "OutIf"],
  ["srcmask", "SrcMask"],
  ["dstmask", "DstMask"],
  ["srcvlan", "Vlan"],
  ["insrcmac", "SrcMac"],
  ["indstmac", "DstMac"],
  ["proto", "Proto", (value) => String(protocolNumber(value))],
  ["mpls1", "MplsLabel", (value) => value.split("-")[0]!],
];

/** `nfdump -A`: its elements, their formats, and our dimensions. */
const AGGREGATIONS: readonly (readonly [elements: string, format: string, by: readonly string[], filter: string])[] = [
  ["srcip", "%sa", ["SrcAddr"], "any"],
  ["srcip,dstport", "%sa,%dp", ["SrcAddr", "DstPort"], "proto tcp"],
  ["proto,srcport,dstport", "%pr,%sp,%dp", ["Proto", "SrcPort", "DstPort"], "port 80"],
  ["srcip4/24", "%sa", ["SrcAddr/24"], "ipv4"],
  ["dstip4/16", "%da", ["DstAddr/16"], "ipv4 and not proto icmp"],
  ["srcip4/24,dstip4/8", "%sa,%da", ["SrcAddr/24", "DstAddr/8"], "ipv4"],
  ["srcip6/48", "%sa", ["SrcAddr/48"], "ipv6"],
  ["dstip6/64,proto", "%da,%pr", ["DstAddr/64", "Proto"], "ipv6 and packets > 1"],
  ["srcas,dstas", "%sas,%das", ["SrcAS", "DstAS"], "any"],
  ["inif,outif", "%in,%out", ["InIf", "OutIf"], "bytes > 100k"],
  ["srcmask,dstmask", "%smk,%dmk", ["SrcMask", "DstMask"], "any"],
  ["next", "%nh", ["NextHop"], "ipv4"],
  ["tos", "%tos", ["Tos"], "duration > 1000"],
  ["srcvlan", "%svln", ["Vlan"], "any"],
];

/** Forms of the primitives in nfdump's manual page, section by section, that are not on our page as they are. */
const MANUAL = [
  ["proto TCP", "proto 255", "PROTO tcp AND PORT 80", "proto ah", "proto esp", "proto ipip", "tun proto 6"],
  ["src ip fe80::1", "src host 10.0.0.1", "src or dst ip 10.0.0.1", "src and dst ip 10.0.0.1", "src ip in [10.0.0.1]"],
  ["ip in [10.0.0.1 , 10.0.0.2]", "ip in [10.0.0.0/8]", "src net 2001:db8::/32", "src or dst net 10.0.0.0/8", "geo CH"],
  ["src and dst port 53", "src or dst port 53", "port in [80, 443]", "icmp-code 3", "engine-type 1", "engine-id 1"],
  ["in if 3", "src as 64500", "as in [64500]", "src mask 24", "src vlan 3", "flags 0", "flags FSRPAU", "flowdir 1"],
  ["router ip 10.0.0.1", "next ip 10.0.0.1", "bgpnext ip 10.0.0.1", "out src mac 0a:0b:0c:0d:0e:0f", "sysid 3"],
  ["mpls label1 = 5", "mpls label1 5", "mpls eos > 1", "mpls exp1 > 3", "tos 0x10", "dst tos 1", "ident x"],
  ["packets == 1", "packets EQ 1", "packets LT 1", "packets GT 1", "packets LE 1", "packets GE 1", "out packets > 1"],
  ["bytes > 10K", "bytes > 1g", "bytes > 1T", "in bytes > 1m", "flows > 1", "duration = 0", "pps > 1k", "count > 5"],
  ["payload content 'GET'", "payload regex 'GET' i", "client latency > 1", "server latency > 1"],
  ["asa event create", "asa event 3", "asa event denied", "asa xevent > 3", "xip 10.0.0.1", "src xport > 80"],
  ["ingress ACL > 3", "egress ACL > 3", "nat event add", "nat event 4", "src nip 10.0.0.1", "src nport > 80"],
  ["ingress vrf 3", "pblock start > 3", "pblock step > 3", "pblock end > 3", "not ( proto tcp )", "any # all"],
].flat();

/** How our value of a dimension reads in nfdump's number form. */
const plain = (by: string, value: unknown): string =>
  by === "Proto" ? String(protocolNumber(String(value))) : String(value);

describe.skipIf(!isHere)("the same datagrams in ngflow's store and in nfcapd's files", () => {
  let folder = "";
  let files = "";
  let store: Store;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-agreement-"));
    files = join(folder, "nfcapd");
    mkdirSync(files);
    const port = await freeUdpPort();
    const nfcapd = new Background(["nfcapd", "-w", files, "-b", "127.0.0.1", "-p", String(port), "-t", "3600"]);
    const spool = createSpool({ directory: spoolDirectory(folder) });
    const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
    const log = { info() {}, warn() {}, error() {} };
    const collector = createCollector({ listen: [{ host: "127.0.0.1", port: 0 }] }, { sink: spool, clock, log });
    const socket = createSocket("udp4");
    try {
      await nfcapd.until("nfcapd", () => (nfcapd.stdout + nfcapd.stderr).includes("Startup"));
      await spool.start();
      await collector.start();
      for (const datagram of flowDatagrams(SEED, FLOWS)) {
        for (const to of [port, collector.listening()[0]!.port])
          await new Promise((sent) => socket.send(datagram, to, "127.0.0.1", sent));
        await sleep(2);
      }
      await untilRead(port);
      await untilRead(collector.listening()[0]!.port);
      await sleep(500);
    } finally {
      socket.close();
      await collector.stop();
      await spool.stop();
      await nfcapd.stop();
    }
    store = createStore({ directory: folder, retentionDays: 0, ingest: false });
    await store.start();
    await store.drain();
  });
  afterAll(async () => {
    await store?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What nfdump prints in a format, a row of cells a line. */
  function nfdump(words: readonly string[], format: string): string[][] {
    const printed = must(["nfdump", "-R", files, "-q", "-N", "-6", ...words, "-o", format]);
    return printed
      .split("\n")
      .map((line) => line.split(",").map((cell) => cell.trim()))
      .filter((cells) => cells.length > 1 && cells[0] !== "ts");
  }

  /** Every group of ours, by the three counters. */
  async function ours(by: readonly string[], filter: string): Promise<Groups> {
    const groups: Groups = new Map();
    for (const [i, metric] of METRICS.entries()) {
      const { rows } = await store.query({ ...RANGE, by, metric, top: ALL, filter });
      for (const row of rows) {
        const key = by.map((name) => plain(name, row[name])).join();
        const counters = groups.get(key) ?? [0, 0, 0];
        counters[i] = Number(row[metric]);
        groups.set(key, counters);
      }
    }
    return groups;
  }

  function add(groups: Groups, key: string, flows: number, packets: number, bytes: number): void {
    const [f, p, b] = groups.get(key) ?? [0, 0, 0];
    groups.set(key, [f + flows, p + packets, b + bytes]);
  }

  const asked = (nfcapd: string, filter = "") =>
    compare(
      { ngflow: "the store", nfcapd, filter, given: {}, marginMs: 0 },
      { reader: store, nfdump: new NfdumpProgram("nfdump", nfcapd) },
    );

  test("ngflow compare finds every question equal", async () => {
    const found = await asked(files, "not host 192.1.1.1");
    expect(found.questions.filter(({ verdict }) => verdict !== "equal")).toEqual([]);
    expect(found).toMatchObject({ equal: 12, unexplained: 0, counters: "scaled", sameNames: true });
    expect(found.total.ngflow).toEqual(found.total.nfdump);
    expect(found.total.ngflow.flows).toBeGreaterThan(FLOWS / 2);
  });

  test("ngflow compare names what is not there, without a reason", async () => {
    const fewer = join(folder, "fewer");
    mkdirSync(fewer);
    must(["nfdump", "-R", files, "-w", join(fewer, "nfcapd.202601050000"), "not proto icmp"]);
    const found = await asked(fewer);
    const [protocols] = found.questions;
    expect(protocols).toMatchObject({ by: "Proto", verdict: "unexplained", different: 6, reasons: [] });
    expect(protocols!.differences.filter(({ group }) => group === "icmp")).toEqual([
      { group: "icmp", metric: "flows", ngflow: expect.any(Number), nfdump: 0 },
      { group: "icmp", metric: "packets", ngflow: expect.any(Number), nfdump: 0 },
      { group: "icmp", metric: "bytes", ngflow: expect.any(Number), nfdump: 0 },
    ]);
    // Neither of these has flows of ICMP.
    expect(found.questions.find(({ by }) => by === "DstPort")!.verdict).toBe("equal");
  });

  test("all flows are in both", async () => {
    expect((await ours([], "")).get("")![0]).toBe(FLOWS);
    expect(nfdump([], "fmt:%pkt,%byt")).toHaveLength(FLOWS);
  });

  test.each(FILTERS)("filter %s", async (filter) => {
    const theirs: Groups = new Map([["", [0, 0, 0]]]);
    for (const [packets, bytes] of nfdump([filter], "fmt:%pkt,%byt"))
      add(theirs, "", 1, Number(packets), Number(bytes));
    expect(await ours([], filter)).toEqual(theirs);
  });

  describe.each(["any", "proto tcp and not flags R"])("statistics of %s", (filter) => {
    test.each(STATISTICS)("-s %s", async (name, by, read = (value) => value) => {
      const theirs: Groups = new Map();
      for (const [, , , , value, flows, , packets, , bytes] of nfdump(
        ["-s", `${name}/bytes`, "-n", "0", filter],
        "csv",
      ))
        add(theirs, read(value!), Number(flows), Number(packets), Number(bytes));
      expect(await ours([by], filter)).toEqual(theirs);
    });
  });

  test.each(AGGREGATIONS)("-A %s", async (elements, format, by, filter) => {
    const theirs: Groups = new Map();
    const rows = nfdump(["-n", "0", "-A", elements, filter], `fmt:${format},%fl,%pkt,%byt`);
    for (const cells of rows) {
      const key = by.map((name, i) => (name === "Proto" ? String(protocolNumber(cells[i])) : cells[i]!));
      const [flows, packets, bytes] = cells.slice(by.length).map(Number) as [number, number, number];
      add(theirs, key.join(), flows, packets, bytes);
    }
    const expected = [...(await ours(by, filter))].map(([key, counters]) => [key, counters] as const);
    expect(new Map(expected)).toEqual(theirs);
  });

  const TUPLE = "fmt:%sa,%sp,%da,%dp,%pr,%fl,%ipkt,%ibyt,%opkt,%obyt";
  const tupleOf = ([src, srcPort, dst, dstPort, proto]: readonly string[]): string =>
    [src, Number(srcPort), dst, nfdumpPort(dstPort!), protocolNumber(proto)].join();

  test.each(["proto tcp and port 443", "icmp-type 8"])("-a of %s: by 5-tuple", async (filter) => {
    const theirs: Groups = new Map();
    for (const cells of nfdump(["-a", "-n", "0", filter], TUPLE)) {
      const [flows, packets, bytes] = cells.slice(5).map(Number) as [number, number, number];
      add(theirs, tupleOf(cells), flows, packets, bytes);
    }
    expect(theirs.size).toBeGreaterThan(50);
    expect(await ours(["SrcAddr", "SrcPort", "DstAddr", "DstPort", "Proto"], filter)).toEqual(theirs);
  });

  test.each(["flows", "packets", "bytes"] as const)("-O %s: the ten largest, in order", async (metric) => {
    const column = { flows: 1, packets: 2, bytes: 3 }[metric];
    const rows = nfdump(["-A", "srcip", "-O", metric, "-n", "10"], "fmt:%sa,%fl,%pkt,%byt");
    const { rows: answer } = await store.query({ ...RANGE, by: ["SrcAddr"], metric, top: 10 });
    expect(answer.filter((row) => row["SrcAddr"] !== null).map((row) => row[metric])).toEqual(
      rows.map((cells) => Number(cells[column])),
    );
  });

  test.each(["-b", "-B"])("%s: both directions of a pair together", async (option) => {
    const filter = "proto tcp or proto udp";
    const theirs: Groups = new Map();
    for (const cells of nfdump([option, "-n", "0", filter], TUPLE)) {
      const ends = [`${cells[0]},${Number(cells[1])}`, `${cells[2]},${Number(cells[3])}`].sort();
      const [flows, packets, bytes, backPackets, backBytes] = cells.slice(5).map(Number) as number[];
      add(theirs, [...ends, protocolNumber(cells[4])].join(), flows!, packets! + backPackets!, bytes! + backBytes!);
    }
    // There are more pairs than one answer may have: each protocol and family by itself.
    const pairs: Groups = new Map();
    for (const part of ["proto tcp and ipv4", "proto tcp and ipv6", "proto udp and ipv4", "proto udp and ipv6"]) {
      for (const [key, counters] of await ours(["LowAddr", "LowPort", "HighAddr", "HighPort", "Proto"], part)) {
        const [low, lowPort, high, highPort, proto] = key.split(",");
        add(pairs, [...[`${low},${lowPort}`, `${high},${highPort}`].sort(), proto].join(), ...counters);
      }
    }
    expect(pairs).toEqual(theirs);
  });
});

test.skipIf(!isHere)("every form of nfdump's manual page is taken here, too, or refused for a reason", () => {
  const taken = MANUAL.filter((filter) => run(["nfdump", "-Z", filter]).status === 0);
  expect(taken.length).toBeGreaterThan(70);
  const problems = taken.flatMap((filter) => {
    try {
      parseFilter(filter);
      return [];
    } catch (error) {
      // The reason is that of a row of our page: the name of the primitive, and why it is not here.
      const reason = /^filter: ([\w .-]+: .+?), at character/.exec((error as Error).message)?.[1];
      return reason !== undefined && PAGE.includes(`refused: ${reason}`)
        ? []
        : [`${filter}: ${(error as Error).message}`];
    }
  });
  expect(problems).toEqual([]);
});

test("nfdump is installed", (ctx) => {
  skipWithout(ctx, "nfcapd", "nfdump");
  expect(FILTERS.length + 2 * STATISTICS.length + AGGREGATIONS.length).toBeGreaterThan(80);
});
