import { PacketBatch, setU32le, u32le } from "@ngflow/base";
import {
  type ControlMessage,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  type NodeType,
  RESPONSE,
  textOfBytes,
} from "@ngflow/graph";
import { ETHER_COMMAND, ETHER_COOKIE } from "../ether/ether.ts";
import { readInterface } from "@ngflow/os";
import { Embedding } from "./embedding.ts";
import { PacketStore } from "./packet-store.ts";
import { SOURCE_COMMAND, SOURCE_MESSAGES } from "./source-messages.ts";

const COOKIE = 1110646684;
const STATS_BYTES = 96;
const TWO32 = 4294967296;
/** How often packets are sent, if the graph's clock is looked at so often. */
const INTERVAL_MS = 1;
/** Packets that leave in one batch. */
const BATCH_PACKETS = 256;
/** Packets sent at a time where neither a rate nor an interface queue limits them. */
const BURST_PACKETS = 4096;

/** Times in Unix microseconds, 0 where there is none. */
interface Stats {
  outOctets: number;
  outFrames: number;
  maxPps: number;
  startUs: number;
  endUs: number;
  elapsedUs: number;
  lastUs: number;
}

function zeroStats(): Stats {
  return { outOctets: 0, outFrames: 0, maxPps: 0, startUs: 0, endUs: 0, elapsedUs: 0, lastUs: 0 };
}

type InterfaceExists = (name: string) => boolean;

class Source implements NodeBehaviour {
  private readonly context: NodeContext;
  private readonly interfaceExists: InterfaceExists;
  private readonly store = new PacketStore();
  private readonly embedding = new Embedding();
  private readonly batch = new PacketBatch(BATCH_PACKETS);
  private scratch = new Uint8Array(0);
  private output: Hook | null = null;
  private hasInterface = false;
  private stats = zeroStats();
  /** Packets left to send; a double holds what no run will ever reach. */
  private left = 0;
  /** Millionths of packets that are due by the rate. */
  private due = 0;
  private stopTimer: (() => void) | null = null;
  private queueFull = 0;
  private wrongWay = 0;
  private sent = 0;
  private sentBytes = 0;

  constructor(context: NodeContext, interfaceExists: InterfaceExists) {
    this.context = context;
    this.interfaceExists = interfaceExists;
  }

  newHook(hook: Hook): void {
    if (hook.name === "output") {
      this.output = hook;
      this.hasInterface = false;
      this.stats = zeroStats();
    } else if (hook.name !== "input") throw new NgError("EINVAL");
  }

  connected(hook: Hook): void {
    if (hook !== this.output) return;
    const request = { cookie: ETHER_COOKIE, cmd: ETHER_COMMAND.getifname, flags: 0, token: 0, cmdstr: "getifname" };
    this.context.enqueue(() => void this.context.sendAlong(hook, { ...request, data: new Uint8Array(0) }));
  }

  receive(hook: Hook, batch: PacketBatch): number {
    if (hook === this.output) {
      this.wrongWay += batch.count;
      return 0;
    }
    for (let i = 0; i < batch.count; i++) if (!this.store.add(batch, i)) this.queueFull++;
    return 0;
  }

  message(message: ControlMessage): Uint8Array | undefined {
    const { cookie, cmd, flags, data } = message;
    if (cookie === ETHER_COOKIE && (flags & RESPONSE) !== 0) {
      if (cmd === ETHER_COMMAND.getifname) this.peerIsInterface(data);
      else if (cmd !== ETHER_COMMAND.setautosrc) throw new NgError("EINVAL");
      return undefined;
    }
    if (cookie !== COOKIE || (flags & RESPONSE) !== 0) throw new NgError("EINVAL");
    switch (cmd) {
      case SOURCE_COMMAND.getstats:
        return this.statsBytes();
      case SOURCE_COMMAND.getclrstats: {
        const reply = this.statsBytes();
        this.stats = zeroStats();
        return reply;
      }
      case SOURCE_COMMAND.clrstats:
        this.stats = zeroStats();
        return undefined;
      case SOURCE_COMMAND.start:
        if (data.length !== 8) throw new NgError("EINVAL");
        this.start(u32le(data, 0) + u32le(data, 4) * TWO32);
        return undefined;
      case SOURCE_COMMAND.stop:
        this.stop();
        return undefined;
      case SOURCE_COMMAND.clrdata:
        this.store.clear();
        return undefined;
      case SOURCE_COMMAND.setiface:
        if (data.length < 2 || !this.interfaceExists(textOfBytes(data, 0))) throw new NgError("EINVAL");
        this.hasInterface = true;
        return undefined;
      case SOURCE_COMMAND.setpps:
        if (data.length !== 4) throw new NgError("EINVAL");
        this.stats.maxPps = u32le(data, 0);
        return undefined;
      case SOURCE_COMMAND.settimestamp:
        this.embedding.setTimestamp(data);
        return undefined;
      case SOURCE_COMMAND.gettimestamp:
        return this.embedding.timestamp();
      case SOURCE_COMMAND.setcounter:
        this.embedding.setCounter(data);
        return undefined;
      case SOURCE_COMMAND.getcounter:
        return this.embedding.counter(data);
      default:
        throw new NgError("EINVAL");
    }
  }

  disconnect(hook: Hook): void {
    if (hook === this.output) this.output = null;
    if (hook.name === "output" || this.context.node.hooks.size === 0) this.context.shutdown();
  }

  shutdown(): undefined {
    if (this.stopTimer !== null) this.stop();
    this.store.clear();
    return undefined;
  }

  /** The packets themselves are not restored. */
  settings(): NodeSetting[] {
    const pps = new Uint8Array(Uint32Array.of(this.stats.maxPps).buffer);
    return [...(this.stats.maxPps === 0 ? [] : [{ command: "setpps", data: pps }]), ...this.embedding.settings()];
  }

  counters(): Readonly<Record<string, number>> {
    return {
      queueFrames: this.store.count,
      queueOctets: this.store.wireBytes,
      sentFrames: this.sent,
      sentOctets: this.sentBytes,
      queueFull: this.queueFull,
      wrongWay: this.wrongWay,
    };
  }

  /** The peer answered with the name of its interface: addresses of replayed frames are theirs, not to be replaced. */
  private peerIsInterface(data: Uint8Array): void {
    if (data.length < 2 || data[0] === 0) throw new NgError("EINVAL");
    this.hasInterface = true;
    const request = { cookie: ETHER_COOKIE, cmd: ETHER_COMMAND.setautosrc, flags: 0, token: 0, cmdstr: "setautosrc" };
    if (this.output !== null) this.context.sendAlong(this.output, { ...request, data: new Uint8Array(4) });
  }

  private start(packets: number): void {
    if (!this.hasInterface && this.stats.maxPps === 0) throw new NgError("ENXIO");
    if (this.stopTimer !== null) throw new NgError("EBUSY");
    this.left = packets;
    this.due = 0;
    this.stats.elapsedUs = 0;
    this.stats.endUs = 0;
    this.stats.startUs = this.stats.lastUs = this.nowUs();
    this.stopTimer = this.context.every(INTERVAL_MS, () => this.run());
  }

  private stop(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    this.stats.endUs = this.nowUs();
    this.stats.elapsedUs = this.stats.endUs - this.stats.startUs;
  }

  private nowUs(): number {
    return Math.floor(this.context.clock.nowMs() * 1000);
  }

  /** Sends what is due. */
  private run(): void {
    const { stats } = this;
    let packets = BURST_PACKETS;
    if (stats.maxPps !== 0) {
      const now = this.nowUs();
      const longest = BURST_PACKETS * 1_000_000;
      this.due = Math.min(longest, this.due + stats.maxPps * Math.max(0, now - stats.lastUs));
      stats.lastUs = now;
      packets = Math.floor(this.due / 1_000_000);
      this.due -= packets * 1_000_000;
    }
    packets = Math.min(packets, this.left);
    let errno = 0;
    while (packets > 0 && this.store.count > 0 && this.output !== null && errno === 0) {
      const count = Math.min(packets, BATCH_PACKETS);
      errno = this.send(this.output, count);
      packets -= count;
      this.left -= count;
      // The far side may have told this node to stop, or taken the hook away.
      if (this.stopTimer === null) return;
    }
    if (this.left === 0 || this.output === null) this.stop();
  }

  private send(output: Hook, count: number): number {
    const { batch, store, embedding } = this;
    batch.count = 0;
    batch.buffer = store.buffer;
    const now = this.nowUs();
    const writing = embedding.enabled;
    let used = 0;
    for (let i = 0; i < count; i++) {
      const endsRound = store.next(batch);
      batch.timesUs[i] = now;
      if (!writing) continue;
      used = this.copy(i, used);
      embedding.write(batch, i, endsRound, now);
      batch.buffer = store.buffer;
    }
    if (writing) batch.buffer = this.scratch;
    const octets = batch.wireBytes();
    this.stats.outFrames += count;
    this.stats.outOctets += octets;
    this.sent += count;
    this.sentBytes += octets;
    return output.send(batch);
  }

  /** Moves packet `i` of the batch, which lies in the store, to `at` of the scratch buffer. Returns the next position. */
  private copy(i: number, at: number): number {
    const { batch } = this;
    const from = batch.offsets[i]!;
    const end = at + batch.lengths[i]!;
    if (end > this.scratch.length) {
      const grown = new Uint8Array(Math.max(this.scratch.length * 2, end));
      grown.set(this.scratch.subarray(0, at));
      this.scratch = grown;
    }
    this.scratch.set(batch.buffer.subarray(from, from + end - at), at);
    batch.offsets[i] = at;
    batch.buffer = this.scratch;
    return end;
  }

  private statsBytes(): Uint8Array {
    const { stats } = this;
    if (this.stopTimer !== null && stats.endUs === 0) stats.elapsedUs = this.nowUs() - stats.startUs;
    const data = new Uint8Array(STATS_BYTES);
    setU64le(data, 0, stats.outOctets);
    setU64le(data, 8, stats.outFrames);
    setU32le(data, 16, this.store.wireBytes >>> 0);
    setU32le(data, 20, this.store.count);
    setU32le(data, 24, stats.maxPps);
    [stats.startUs, stats.endUs, stats.elapsedUs, stats.lastUs].forEach((us, i) => {
      const seconds = Math.floor(us / 1_000_000);
      setU64le(data, 32 + i * 16, seconds);
      setU64le(data, 40 + i * 16, us - seconds * 1_000_000);
    });
    return data;
  }
}

/** Two's complement where the value is negative: a clock set back makes an elapsed time so. */
function setU64le(data: Uint8Array, at: number, value: number): void {
  setU32le(data, at, (value % TWO32) >>> 0);
  setU32le(data, at + 4, Math.floor(value / TWO32) >>> 0);
}

/** ng_source(4), with the interfaces that `setiface` may name: those of the machine unless stated. */
export function createSourceType(
  interfaceExists: InterfaceExists = (name) => readInterface(name) !== undefined,
): NodeType {
  return {
    name: "source",
    cookie: COOKIE,
    summary: "Stores packets and sends them again and again at a given rate.",
    role: "generator",
    hooks: [
      { name: "input", summary: "Packets arriving here are stored." },
      { name: "output", summary: "Stored packets leave here; packets arriving here are discarded." },
    ],
    messages: SOURCE_MESSAGES,
    dropReasons: {
      queueFull: "The store holds 65,536 packets or 16 MiB already.",
      wrongWay: "The packet arrived at `output`.",
    },
    counters: {
      sentFrames: "Packets sent; clrstats does not change it.",
      sentOctets: "Their octets.",
    },
    gauges: {
      queueFrames: "Packets in the store.",
      queueOctets: "Their octets.",
    },
    lastHook: "decide",
    create: (context) => new Source(context, interfaceExists),
  };
}

export const source: NodeType = createSourceType();
