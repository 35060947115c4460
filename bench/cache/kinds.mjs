// npm run bench:kinds: what a packet of each kind costs in the flow cache of the modern profile, in nanoseconds of CPU
// time, next to a plain one (Ethernet, IPv4, TCP): a stream of that kind alone, and plain packets with 5 % of it.
// Packets are in the engine's memory, as those of a file, or outside of it, as those of a ring. Asserts that plain
// packets with 5 % of a kind cost at most a quarter more than plain ones, and that a kind alone costs at most four
// times as much.
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { PacketBatch } from "@ngflow/base";
import { loadEngine } from "@ngflow/nodes/engine";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const ROUNDS = Number(process.env.NGFLOW_BENCH_ROUNDS ?? 5);
const BATCH = 1024;
const BATCHES = 1000;
const FLOWS = 1000;
const FRAME = 128;
const BOOT_MS = 1_700_000_000_000;
const WHERE = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 0, conf: 1, hasOpposite: false };
const MIXED = 0.05;
const ALONE_MAX = 4;
const MIXED_MAX = 1.25;

const hex16 = (value) => value.toString(16).padStart(4, "0");
const hex8 = (value) => value.toString(16).padStart(2, "0");
const tcp = (flow, flags = 0x10) => `${hex16(1024 + flow)}01bb00000001000000005${"0"}${hex8(flags)}ffff00000000`;
const ip4 = (flow, protocol, payload, { options = "", fragment = 0, id = flow } = {}) => {
  const header = 20 + options.length / 2;
  const total = header + payload.length / 2;
  const address = `0a00${hex16(flow)}`;
  return `${hex8(0x40 | (header / 4))}00${hex16(total)}${hex16(id)}${hex16(fragment)}40${hex8(protocol)}0000${address}c0a80001${options}${payload}`;
};
const ip6 = (flow, next, payload) =>
  `60000000${hex16(payload.length / 2)}${hex8(next)}4020010db8${"0".repeat(20)}${hex16(flow)}20010db8${"0".repeat(23)}1${payload}`;
const pppoe = (protocol, packet) => `886411000001${hex16(2 + packet.length / 2)}${protocol}${packet}`;

/** EtherType and what follows, of packet `i` of a flow. */
const KINDS = {
  plain: (flow) => `0800${ip4(flow, 6, tcp(flow))}`,
  "TCP with FIN": (flow) => `0800${ip4(flow, 6, tcp(flow, 0x11))}`,
  ICMP: (flow) => `0800${ip4(flow, 1, "0800f7ff00010001")}`,
  "one VLAN tag": (flow) => `8100000a0800${ip4(flow, 6, tcp(flow))}`,
  "two VLAN tags": (flow) => `88a8000a810000140800${ip4(flow, 6, tcp(flow))}`,
  PPPoE: (flow) => pppoe("0021", ip4(flow, 6, tcp(flow))),
  "PPPoE in a VLAN": (flow) => `8100000a${pppoe("0021", ip4(flow, 6, tcp(flow)))}`,
  "one MPLS label": (flow) => `884700010140${ip4(flow, 6, tcp(flow))}`,
  "IPv4 options": (flow) => `0800${ip4(flow, 6, tcp(flow), { options: "94040000" })}`,
  "IPv4 fragments": (flow, i) =>
    i % 2 === 0
      ? `0800${ip4(flow, 17, `${hex16(1024 + flow)}0035002000${"00".repeat(17)}`, { fragment: 0x2000 })}`
      : `0800${ip4(flow, 17, "00".repeat(24), { fragment: 3 })}`,
  IPv6: (flow) => `86dd${ip6(flow, 6, tcp(flow))}`,
  ICMPv6: (flow) => `86dd${ip6(flow, 58, "8000f7ff00010001")}`,
  "IPv6 extension header": (flow) => `86dd${ip6(flow, 0, `0600050200000000${tcp(flow)}`)}`,
  "IPv6 fragments": (flow, i) =>
    `86dd${ip6(flow, 44, `110000${i % 2 === 0 ? "01" : "18"}0000${hex16(flow)}${hex16(1024 + flow)}0035002000${"00".repeat(17)}`)}`,
  ARP: () => `08060001080006040001${"00".repeat(20)}`,
};

/** Batches of frames: each of a flow drawn in turn, of the kind with the given probability, else plain. */
function framesOf(kind, share) {
  const buffer = Buffer.alloc(BATCH * FRAME);
  const lengths = [];
  let random = 1;
  let ofKind = 0;
  for (let i = 0; i < BATCH; i++) {
    random = (Math.imul(random, 1664525) + 1013904223) | 0;
    const flow = (random >>> 8) % FLOWS;
    const chosen = (random >>> 0) / 4294967296 < share;
    const text = chosen ? KINDS[kind](ofKind % 2 === 0 ? flow : lengths.lastFlow, ofKind) : KINDS.plain(flow);
    if (chosen && ofKind++ % 2 === 0) lengths.lastFlow = flow;
    buffer.write(`020000000001020000000002${text}`, i * FRAME, "hex");
    lengths.push(12 + text.length / 2);
  }
  return { buffer, lengths };
}

/** Nanoseconds of CPU time of a packet. */
async function cost(kind, share, where) {
  const create = await loadEngine("modern");
  const context = { nowMs: () => BOOT_MS, monotonicMs: () => performance.now() };
  const engine = create(context, { maxFlows: 65_536, observationDomainId: 0, bootMs: BOOT_MS });
  engine.setExport("export9", { send: () => 0 });
  const { buffer: bytes, lengths } = framesOf(kind, share);
  const buffer = where === "file" ? engine.packetWindow(bytes.length).buffer : new Uint8Array(bytes.length);
  buffer.set(bytes);
  const batch = new PacketBatch(BATCH, buffer);
  for (let i = 0; i < BATCH; i++) batch.push(i * FRAME, lengths[i], lengths[i], BOOT_MS * 1000);
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const from = process.cpuUsage();
    for (let n = 0; n < BATCHES; n++) {
      // A tick of the wheel every few batches.
      for (let i = 0; i < BATCH; i++) batch.timesUs[i] = BOOT_MS * 1000 + (round * BATCHES + n) * 20_000 + i;
      engine.account(batch, WHERE);
    }
    const { user, system } = process.cpuUsage(from);
    if (round > 0) best = Math.min(best, ((user + system) * 1000) / (BATCH * BATCHES));
  }
  return { ns: best };
}

function measure(kind, share, where) {
  const words = [fileURLToPath(import.meta.url), kind, String(share), where];
  const { status, stdout } = spawnSync(process.execPath, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) process.exit(1);
  return Number(JSON.parse(stdout).ns.toFixed(1));
}

function main() {
  const machine = { cpu: cpus()[0].model, cores: cpus().length };
  console.log(
    `${machine.cpu}, node ${process.version}: CPU ns a packet, least of ${ROUNDS}; of the kind alone, and with 5 % of it`,
  );
  const kinds = {};
  const failures = [];
  for (const where of ["file", "ring"]) {
    // Also drawn from two kinds of frames, both of them plain.
    const plain = measure("plain", MIXED, where);
    kinds[where] = { plain };
    console.log(`${where.padEnd(5)} plain ${String(plain).padStart(25)}`);
    for (const kind of Object.keys(KINDS).slice(1)) {
      const [alone, mixed] = [measure(kind, 1, where), measure(kind, MIXED, where)];
      const factor = alone / plain;
      kinds[where][kind] = { alone, mixed };
      console.log(
        `${where.padEnd(5)} ${kind.padEnd(22)} ${String(alone).padStart(8)} (${factor.toFixed(2)}x) ${String(mixed).padStart(8)} (${(mixed / plain).toFixed(2)}x)`,
      );
      if (factor > ALONE_MAX) failures.push(`${where}: ${kind} costs ${factor.toFixed(2)} plain packets`);
      if (mixed / plain > MIXED_MAX)
        failures.push(`${where}: 5 % ${kind} make packets ${(mixed / plain).toFixed(2)} times as dear`);
    }
  }
  const row = { date: new Date().toISOString(), machine, node: process.version, rounds: ROUNDS, kinds };
  appendFileSync(join(root, "bench", "results", "kinds.ndjson"), `${JSON.stringify(row)}\n`);
  for (const failure of failures) console.log(`failed: ${failure}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

const [kind, share, where] = process.argv.slice(2);
if (kind === undefined) main();
else console.log(JSON.stringify(await cost(kind, Number(share), where)));
