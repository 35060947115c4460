import { PacketBatch } from "@ngflow/base";
import {
  type ControlMessage,
  type Hook,
  int32,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  RESPONSE,
  settingOf,
  string,
  uint32,
  uint64,
  type ValueOf,
} from "@ngflow/graph";
import { ETHER_COOKIE, GETIFNAME, SETAUTOSRC } from "../ether/ether.ts";
import { Embedding } from "./embedding.ts";
import { PacketStore } from "./packet-store.ts";
import type { statsType, timevalType } from "./source-types.ts";

/** How often packets are sent, if the graph's clock is looked at so often. */
const INTERVAL_MS = 1;
/** Packets that leave in one batch. */
const BATCH_PACKETS = 256;
/** Packets sent at a time where neither a rate nor an interface queue limits them. */
const BURST_PACKETS = 4096;
/** Stands for any number of packets that no run will ever reach. */
const ENDLESS = 2 ** 63;

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

export type InterfaceExists = (name: string) => boolean;

/** A source node (reference: nodes.md §8). */
export class SourceBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #interfaceExists: InterfaceExists;
  readonly #store = new PacketStore();
  readonly embedding = new Embedding();
  readonly #batch = new PacketBatch(BATCH_PACKETS);
  #scratch = new Uint8Array(0);
  #output: Hook | null = null;
  /** The interface that `setiface` named. */
  #interface = "";
  /** Whether the peer said that it is an interface. */
  #peerIsInterface = false;
  #stats = zeroStats();
  /** Packets left to send; a double holds what no run will ever reach. */
  #left = 0;
  /** Millionths of packets that are due by the rate. */
  #due = 0;
  #stopTimer: (() => void) | null = null;
  #queueFull = 0;
  #arrivedAtOutput = 0;
  #sent = 0;
  #sentBytes = 0;

  constructor(context: NodeContext, interfaceExists: InterfaceExists) {
    this.#context = context;
    this.#interfaceExists = interfaceExists;
  }

  newHook(hook: Hook): void {
    if (hook.name === "output") {
      this.#output = hook;
      this.#interface = "";
      this.#peerIsInterface = false;
      this.#stats = zeroStats();
    } else if (hook.name !== "input") throw new NgError("EINVAL");
  }

  connected(hook: Hook): void {
    if (hook !== this.#output) return;
    const request = { cookie: ETHER_COOKIE, cmd: GETIFNAME, flags: 0, token: 0, cmdstr: "getifname" };
    this.#context.enqueue(() => void this.#context.sendAlong(hook, { ...request, data: new Uint8Array(0) }));
  }

  receive(hook: Hook, batch: PacketBatch): number {
    if (hook === this.#output) {
      this.#arrivedAtOutput += batch.count;
      return 0;
    }
    for (let i = 0; i < batch.count; i++) if (!this.#store.add(batch, i)) this.#queueFull++;
    return 0;
  }

  /** Answers of the interface at `output`. */
  message({ cookie, cmd, flags, data }: ControlMessage): undefined {
    if (cookie !== ETHER_COOKIE || (flags & RESPONSE) === 0) throw new NgError("EINVAL");
    if (cmd === GETIFNAME) this.#noteInterface(data);
    else if (cmd !== SETAUTOSRC) throw new NgError("EINVAL");
    return undefined;
  }

  setInterface(name: string): void {
    if (!this.#interfaceExists(name)) throw new NgError("EINVAL");
    this.#interface = name;
  }

  setMaxPps(packets: number): void {
    this.#stats.maxPps = packets;
  }

  clearPackets(): void {
    this.#store.clear();
  }

  disconnect(hook: Hook): void {
    if (hook === this.#output) this.#output = null;
    if (hook.name === "output" || this.#context.node.hooks.size === 0) this.#context.shutdown();
  }

  shutdown(): undefined {
    if (this.#stopTimer !== null) this.stop();
    this.#store.clear();
    return undefined;
  }

  /** The packets themselves are not settings. */
  settings(): NodeSetting[] {
    const settings = this.embedding.settings();
    const { maxPps } = this.#stats;
    if (maxPps !== 0) settings.push(settingOf("setpps", uint32, maxPps, { reset: () => this.setMaxPps(0) }));
    if (this.#interface !== "") {
      settings.push(settingOf("setiface", string, this.#interface, { reset: () => void (this.#interface = "") }));
    }
    if (this.#stopTimer !== null) {
      const packets = Math.min(this.#left, ENDLESS);
      settings.push(settingOf("start", uint64, packets, { local: true, reset: () => this.stop() }));
    }
    return settings;
  }

  counters(): Readonly<Record<string, number>> {
    return {
      queueFrames: this.#store.count,
      queueOctets: this.#store.wireBytes,
      sentFrames: this.#sent,
      sentOctets: this.#sentBytes,
      queueFull: this.#queueFull,
      arrivedAtOutput: this.#arrivedAtOutput,
    };
  }

  /** The peer answered with the name of its interface: addresses of replayed frames are theirs, not to be replaced. */
  #noteInterface(data: Uint8Array): void {
    if (data.length < 2 || data[0] === 0) throw new NgError("EINVAL");
    this.#peerIsInterface = true;
    const request = { cookie: ETHER_COOKIE, cmd: SETAUTOSRC, flags: 0, token: 0, cmdstr: "setautosrc" };
    if (this.#output !== null) this.#context.sendAlong(this.#output, { ...request, data: int32.write(0) });
  }

  start(packets: number): void {
    if (this.#interface === "" && !this.#peerIsInterface && this.#stats.maxPps === 0) throw new NgError("ENXIO");
    if (this.#stopTimer !== null) throw new NgError("EBUSY");
    this.#left = packets;
    this.#due = 0;
    this.#stats.elapsedUs = 0;
    this.#stats.endUs = 0;
    this.#stats.startUs = this.#stats.lastUs = this.#nowUs();
    this.#stopTimer = this.#context.every(INTERVAL_MS, () => this.#run());
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#stats.endUs = this.#nowUs();
    this.#stats.elapsedUs = this.#stats.endUs - this.#stats.startUs;
  }

  #nowUs(): number {
    return Math.floor(this.#context.clock.nowMs() * 1000);
  }

  /** Sends what is due. */
  #run(): void {
    const stats = this.#stats;
    let packets = BURST_PACKETS;
    if (stats.maxPps !== 0) {
      const now = this.#nowUs();
      const longest = BURST_PACKETS * 1_000_000;
      this.#due = Math.min(longest, this.#due + stats.maxPps * Math.max(0, now - stats.lastUs));
      stats.lastUs = now;
      packets = Math.floor(this.#due / 1_000_000);
      this.#due -= packets * 1_000_000;
    }
    packets = Math.min(packets, this.#left);
    let errno = 0;
    while (packets > 0 && this.#store.count > 0 && this.#output !== null && errno === 0) {
      const count = Math.min(packets, BATCH_PACKETS);
      errno = this.#send(this.#output, count);
      packets -= count;
      this.#left -= count;
      // The receiver may have stopped this node or removed the hook.
      if (this.#stopTimer === null) return;
    }
    if (this.#left === 0 || this.#output === null) this.stop();
  }

  #send(output: Hook, count: number): number {
    const { embedding } = this;
    const batch = this.#batch;
    const store = this.#store;
    batch.count = 0;
    batch.buffer = store.buffer;
    const now = this.#nowUs();
    const writing = embedding.enabled;
    let used = 0;
    for (let i = 0; i < count; i++) {
      const endsRound = store.next(batch);
      batch.timesUs[i] = now;
      if (!writing) continue;
      used = this.#copy(i, used);
      embedding.write(batch, i, endsRound, now);
      batch.buffer = store.buffer;
    }
    if (writing) batch.buffer = this.#scratch;
    const octets = batch.wireBytes();
    this.#stats.outFrames += count;
    this.#stats.outOctets += octets;
    this.#sent += count;
    this.#sentBytes += octets;
    return output.send(batch);
  }

  /** Moves packet `i` of the batch, which is in the store, to `at` of the scratch buffer. Returns the next position. */
  #copy(i: number, at: number): number {
    const batch = this.#batch;
    const from = batch.offsets[i]!;
    const end = at + batch.lengths[i]!;
    if (end > this.#scratch.length) {
      const grown = new Uint8Array(Math.max(this.#scratch.length * 2, end));
      grown.set(this.#scratch.subarray(0, at));
      this.#scratch = grown;
    }
    this.#scratch.set(batch.buffer.subarray(from, from + end - at), at);
    batch.offsets[i] = at;
    batch.buffer = this.#scratch;
    return end;
  }

  statistics(): ValueOf<typeof statsType> {
    const stats = this.#stats;
    const store = this.#store;
    if (this.#stopTimer !== null && stats.endUs === 0) stats.elapsedUs = this.#nowUs() - stats.startUs;
    return {
      outOctets: stats.outOctets,
      outFrames: stats.outFrames,
      queueOctets: store.wireBytes,
      queueFrames: store.count,
      maxPps: stats.maxPps,
      startTime: timeval(stats.startUs),
      endTime: timeval(stats.endUs),
      elapsedTime: timeval(stats.elapsedUs),
      lastTime: timeval(stats.lastUs),
    };
  }

  /** Returns the statistics and sets them to zero, the rate limit among them. */
  clear(): ValueOf<typeof statsType> {
    const statistics = this.statistics();
    this.#stats = zeroStats();
    return statistics;
  }
}

/** A clock set back makes an elapsed time negative. */
function timeval(us: number): ValueOf<typeof timevalType> {
  const seconds = Math.floor(us / 1_000_000);
  return { tv_sec: seconds, tv_usec: us - seconds * 1_000_000 };
}
