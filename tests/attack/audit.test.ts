import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "../support/command.ts";
import { type Attack, attacks } from "./support/attack.ts";
import { type Audited, AuditLab, exportLines, type LabWords, namedAt, wrongOf } from "./support/audited.ts";
import { probe } from "./support/target.ts";

/** A loss at a hop, and what the audit has to say of it. */
interface Loss extends LabWords {
  readonly name: string;
  readonly does: string;
  /** The hop and the figure that name it. */
  readonly at: readonly [hop: string, key: string];
  /** Another figure that names a part of it. */
  readonly plus?: readonly [hop: string, key: string];
  /** Hops after it that see it, too. */
  readonly also?: readonly string[];
  readonly tools?: readonly string[];
  /** Not in `npm run verify`. */
  readonly long?: boolean;
  /** Causes it. Resolves to a function that says how much was lost, by figures that are not ngflow's, at rest. */
  plant(lab: AuditLab): Promise<() => number>;
}

/** Flows before a loss, and after it where sequence numbers have to show it. */
const FEW = 100;
const MALFORMED = 55;

const LOSSES: readonly Loss[] = [
  {
    name: "interface",
    does: "777 frames leave the interface on a way that no capture sees",
    long: true,
    at: ["captured", "captured.missing"],
    tools: ["trafgen"],
    async plant(lab) {
      // trafgen sends with PACKET_QDISC_BYPASS: the kernel does not show its frames to captures (packet(7)).
      const config = join(lab.folder, "frame.cfg");
      writeFileSync(config, "{ fill(0x02, 12), c16(0x0800), 0x45, fill(0, 45) }\n");
      must(lab.hosts.left.exec(["trafgen", "--dev", "eth0", "--conf", config, "-n", "777", "--cpus", "1"]));
      return () => 777;
    },
  },
  {
    name: "ring",
    does: "the ring of the capture is full while the graph does not run",
    graph: ["--ring", "1"],
    at: ["read", "framesDropped"],
    async plant(lab) {
      await lab.whileStopped(lab.graph, () => lab.play(40_000));
      return () => lab.sent - lab.rows();
    },
  },
  {
    name: "cache",
    does: "more flows than the cache of FreeBSD's profile has places for",
    graph: ["--profile", "freebsd"],
    script: exportLines("export9"),
    at: ["flows", "flowsRefused"],
    // The socket ends with the meter.
    also: ["sent", "received"],
    long: true,
    async plant(lab) {
      const timeouts = (seconds: number): string =>
        lab.ngctl("msg", "netflow:", "settimeouts", `{ inactive=${seconds} active=${seconds} }`);
      timeouts(300);
      lab.play(1_060_000);
      timeouts(1);
      await lab.exported();
      // The kernel's node sends a datagram that is not full when it ends.
      lab.ngctl("shutdown", "netflow:");
      return () => lab.sent - lab.rows();
    },
  },
  {
    name: "family",
    does: "500 flows of IPv6 leave the cache, and only NetFlow v5 is exported, which has none",
    long: true,
    script: exportLines("export"),
    at: ["flows", "recordsDiscarded"],
    async plant(lab) {
      lab.play(500, 6);
      return () => lab.sent - lab.rows();
    },
  },
  {
    name: "export-socket",
    does: "a rule of the system forbids datagrams to the collector for a while",
    long: true,
    at: ["sent", "datagramsNotSent"],
    also: ["decoded"],
    async plant(lab) {
      const rule = (...words: string[]): string => must(["ip", "-n", lab.hosts.left.namespace, "rule", ...words]);
      // The table of local addresses comes first; rules before it need another place for it.
      rule("add", "pref", "100", "lookup", "local");
      rule("add", "pref", "50", "to", "127.0.0.1", "ipproto", "udp", "prohibit");
      rule("del", "pref", "0");
      lab.play(3000);
      await lab.exported();
      rule("del", "pref", "50");
      lab.play(FEW);
      return () => lab.meter("datagramsExported") - lab.kernel("Udp", "OutDatagrams");
    },
  },
  {
    name: "wire",
    does: "the interface to the collector is down for a while",
    at: ["received", "received.missing"],
    also: ["decoded"],
    async plant(lab) {
      const link = (to: string): string => must(["ip", "-n", lab.hosts.left.namespace, "link", "set", "lo", to]);
      link("down");
      lab.play(3000);
      await lab.exported();
      link("up");
      lab.play(FEW);
      return () => lab.kernel("Udp", "OutDatagrams") - lab.kernel("Udp", "InDatagrams");
    },
  },
  {
    name: "receive-buffer",
    does: "the receive buffer is full while the collector does not run",
    long: true,
    // Without the privilege the buffer is at most as large as the system's limit.
    collectUnder: ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"],
    at: ["received", "kernelDrops"],
    also: ["decoded"],
    tools: ["setpriv"],
    async plant(lab) {
      await lab.whileStopped(lab.collect, async () => {
        lab.play(150_000);
        await lab.exported();
      });
      lab.play(FEW);
      return () => lab.bufferDrops();
    },
  },
  {
    name: "decode",
    does: "55 datagrams of another machine have a set whose length is impossible",
    long: true,
    collect: ["--listen", "10.77.0.1:4445"],
    at: ["decoded", "malformed"],
    async plant(lab) {
      must(lab.hosts.right.exec(probe("malformed", "10.77.0.1", "4445", String(MALFORMED))));
      return () => MALFORMED;
    },
  },
  {
    name: "spool",
    does: "the spool is full while the store does not run",
    long: true,
    collect: ["--spool-size", "1M"],
    at: ["taken", "rowsRefused"],
    // What one exporter may have of the spool is refused before.
    plus: ["decoded", "recordsLimited"],
    async plant(lab) {
      await lab.whileStopped(lab.serve, async () => {
        lab.play(100_000);
        await lab.exported();
      });
      return () => lab.sent - lab.rows();
    },
  },
  {
    name: "store",
    does: "a block file is damaged before it is stored",
    at: ["stored", "ledgerDamaged"],
    async plant(lab) {
      await lab.whileStopped(lab.serve, async () => {
        lab.play(3000);
        await lab.exported();
        const blocks = readdirSync(lab.spool).filter((name) => /^[^.].*\d/.test(name));
        const path = join(lab.spool, blocks.toSorted().at(-1)!);
        const bytes = readFileSync(path);
        bytes[bytes.length >> 1]! ^= 0xff;
        writeFileSync(path, bytes);
      });
      return () => lab.sent - lab.rows();
    },
  },
];

/** What is wrong with how an audit names a loss: nothing, or a line for each. */
function faults(lab: AuditLab, audited: Audited, loss: Loss, expected: number): string[] {
  const {
    at: [hop, key],
    plus,
    also = [],
  } = loss;
  const first = namedAt(audited, hop, key);
  const named = first === undefined ? undefined : first + (plus === undefined ? 0 : (namedAt(audited, ...plus) ?? 0));
  const found: string[] = [];
  if (!(expected > 0) || named !== expected) found.push(`${expected} lost, ${hop} says ${named ?? "nothing"} (${key})`);
  if (audited.status !== 1) found.push(`exit status ${audited.status}`);
  if (also.includes("decoded")) {
    const [rows, records] = [lab.sent - lab.rows(), namedAt(audited, "decoded", "recordsLost")];
    if (rows !== records) found.push(`${rows} rows are not there, decoded says ${records ?? "nothing"} (recordsLost)`);
  }
  return [...found, ...wrongOf(audited, [hop, ...also, ...(plus?.slice(0, 1) ?? [])])];
}

/** Packets a second, and seconds, of the traffic of which nothing may be lost. */
const PPS = 100_000;
const SECONDS = { short: 20, long: 600 } as const;

const BALANCED: Attack = {
  name: "balanced",
  does: "100,000 packets a second, for ten minutes by hand, 20 s in verify",
  unit: "hops that are not balanced, and packets that are not in the answer",
  before: Number.POSITIVE_INFINITY,
  bar: 0,
  tools: ["ip", "sysctl", "tcpreplay"],
  rounds: SECONDS,
  seconds: 900,
  async run({ folder, rounds: seconds, say }) {
    const lab = await AuditLab.start(folder, { graph: ["--ring", "256"] });
    const sent = await lab.flood(PPS, seconds);
    const audited = await lab.audit();
    const packets = lab.total("packets");
    const wrong = wrongOf(audited);
    say(`${sent.packets} packets, ${Math.round(sent.packets / sent.seconds)} a second; ${packets} in the answer`);
    for (const line of wrong) say(line);
    return wrong.length + audited.status! + Math.abs(sent.packets - packets);
  },
};

attacks("audit", [
  BALANCED,
  ...LOSSES.map((loss): Attack => {
    const { name, does, tools = [], long = false } = loss;
    return {
      name,
      does,
      unit: "hops and numbers that the audit names wrongly",
      before: Number.POSITIVE_INFINITY,
      bar: 0,
      tools: ["ip", "sysctl", "tcpreplay", ...tools],
      rounds: { short: long ? 0 : 1, long: 1 },
      seconds: long ? 400 : 240,
      async run({ folder, say }) {
        const lab = await AuditLab.start(folder, loss);
        lab.play(FEW);
        const calm = await lab.audit();
        const wrong = wrongOf(calm).map((line) => `before the loss: ${line}`);
        if (calm.status !== 0) wrong.push(`before the loss: exit status ${calm.status}`);
        const lost = await loss.plant(lab);
        const audited = await lab.audit();
        const expected = lost();
        wrong.push(...faults(lab, audited, loss, expected));
        say(`${expected} lost at ${loss.at[0]}: ${wrong.length === 0 ? "named, exit status 1" : wrong.join("; ")}`);
        return wrong.length;
      },
    };
  }),
]);
