import type { PacketBatch } from "@ngflow/graph";
import { NgflowError } from "@ngflow/base";
import { ParsedPackets, parsePackets, SKIP_REASON_NAMES } from "@ngflow/wire/packet";
import type {
  EngineContext,
  EngineInfo,
  ExportHook,
  ExportOutlet,
  FlowEngine,
  NetflowOptions,
  Observation,
} from "../flow-engine.ts";
import { WHEEL_BUCKETS } from "./expiry-wheel.ts";
import type { ExportStream, StreamSettings } from "./export-stream.ts";
import { BYTES, FIRST, FIRST_RECORD, FlowTable, LAST, MAX_RECORDS, PACKETS, TCP_FLAGS } from "./flow-table.ts";
import { ObservationTable } from "./observation-table.ts";
import { TemplateStream } from "./template-stream.ts";
import { V5Stream } from "./v5-stream.ts";

/** Packets that go through the pipeline together; their parsed form stays in the first-level cache. */
const GROUP = 256;
/** Resolution of expiry. */
const TICK_US = 250_000;
/** A partial datagram older than this is sent at the next tick. */
const FLUSH_AFTER_US = 500_000;
/** Wheel entries looked at for one packet while expiry is behind, and in one call of `tick`. */
const EXPIRE_PER_PACKET = 64;
const EXPIRE_PER_TICK = 4096;
/** Below this many flows the cache is in the processor's own caches and touching it first gains nothing. */
const TOUCH_ABOVE = 16_384;
/** Candidates for eviction that are compared. */
const EVICT_CANDIDATES = 8;
const TH_FIN_RST = 0x05;
/** v5 counts in 32 bits: with its hook connected a flow ends before they wrap. */
const V5_BYTES_LIMIT = 4294967295 - 65535;
/** 2^32 - 1, as a word of the table holds it. */
const PACKETS_LIMIT = -1;

/** flowEndReason (IPFIX element 136). */
const END_IDLE = 1;
const END_ACTIVE = 2;
const END_OF_FLOW = 3;
const END_FORCED = 4;
const END_RESOURCES = 5;

/**
 * The engine of profile `modern`. Packets go through in groups: parse all, hash all, touch the index slots, touch the records, then
 * update, so that the memory accesses of different packets overlap. Flows end exactly when a packet or the clock comes more
 * than the inactive timeout after their last packet or more than the active timeout after their first; the wheel only
 * decides how soon that is noticed (within 250 ms). Output depends on packets and times alone, not on the hash.
 */
export class ModernEngine implements FlowEngine {
  readonly tickIntervalMs = 10;
  readonly packetsMoveTime = true;
  readonly exportHooks = ["export", "export9", "export10"] as const;

  private readonly maxFlows: number;
  private readonly table4: FlowTable;
  private readonly table6: FlowTable;
  private readonly parsed = new ParsedPackets(GROUP);
  private readonly hashes = new Int32Array(GROUP);
  private readonly slots = new Int32Array(GROUP);
  private readonly observations = new ObservationTable();
  private readonly settings: StreamSettings;
  private readonly v5: V5Stream;
  private readonly v9: TemplateStream;
  private readonly ipfix: TemplateStream;
  /** Streams whose hook is connected. */
  private streams: ExportStream[] = [];
  private bytesLimit = Number.POSITIVE_INFINITY;

  private inactiveUs = 15e6;
  private activeUs = 1800e6;
  /** Ticks from now at which a new flow is looked at. */
  private firstLook = 0;
  private nowUs: number;
  /** Time of tick 0. */
  private readonly epochUs: number;
  /** Expiry is complete up to and including `doneTick`; `goalTick` is where time is. */
  private doneTick = 0;
  private goalTick = 0;
  /** The family whose bucket of tick `doneTick + 1` is being worked on. */
  private sweeping6 = false;
  /** A packet of this time or later calls `advance`; minus infinity while expiry is behind. */
  private nextCheckUs = Number.NEGATIVE_INFINITY;

  private viewOf: Uint8Array | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Keeps the touching loads alive. */
  private touched = 0;

  private readonly skippedPackets = new Float64Array(SKIP_REASON_NAMES.length);
  /** By address family: IPv4, IPv6. */
  private readonly accountedPackets = new Float64Array(2);
  private readonly accountedBytes = new Float64Array(2);
  private readonly skippedPacketsOf = new Float64Array(2);
  private readonly skippedBytesOf = new Float64Array(2);
  private flowsCreated = 0;
  private flowsEvicted = 0;
  private packetExpiries = 0;
  private tickExpiries = 0;
  private recordsExported = 0;
  private recordsDiscarded = 0;

  constructor(context: EngineContext, options: NetflowOptions) {
    if (!Number.isInteger(options.maxFlows) || options.maxFlows < 1 || options.maxFlows > MAX_RECORDS) {
      throw new NgflowError(
        "netflow-max-flows",
        `max-flows is ${options.maxFlows}; give a whole number from 1 to ${MAX_RECORDS}`,
        "usage",
      );
    }
    this.maxFlows = options.maxFlows;
    try {
      this.table4 = new FlowTable(4, options.maxFlows);
      this.table6 = new FlowTable(10, options.maxFlows);
    } catch (cause) {
      throw new NgflowError(
        "netflow-memory",
        `no address space for a cache of ${options.maxFlows} flows; set max-flows lower`,
        "os",
        { cause },
      );
    }
    this.settings = {
      templateSeconds: 600,
      templateDatagrams: 500,
      mtu: 1500,
      bootMs: Math.floor(options.bootMs ?? context.nowMs()),
      observationDomainId: options.observationDomainId,
    };
    this.epochUs = this.settings.bootMs * 1000;
    this.nowUs = this.epochUs;
    this.v5 = new V5Stream(this.settings, this.observations);
    this.v9 = new TemplateStream(9, this.settings, this.observations);
    this.ipfix = new TemplateStream(10, this.settings, this.observations);
    this.setFirstLook();
  }

  account(batch: PacketBatch, where: Observation): number {
    if (this.viewOf !== batch.buffer) this.createView(batch.buffer);
    for (let from = 0; from < batch.count; from += GROUP) {
      const count = Math.min(GROUP, batch.count - from);
      parsePackets(batch, this.view, from, count, where.dataLinkType, this.parsed);
      this.hash(batch, from, count, where);
      if (this.table4.live + this.table6.live > TOUCH_ABOVE) this.touch(count);
      this.update(batch, from, count);
    }
    return 0;
  }

  tick(nowMs: number): void {
    this.moveTo(nowMs * 1000);
    this.expire(EXPIRE_PER_TICK);
    this.flushOld();
  }

  setExport(name: ExportHook, outlet: ExportOutlet | null): void {
    const stream = name === "export" ? this.v5 : name === "export9" ? this.v9 : this.ipfix;
    stream.queue.outlet = outlet;
    this.streams = [this.v5, this.v9, this.ipfix].filter((each) => each.queue.outlet !== null);
    this.bytesLimit = this.v5.queue.outlet === null ? Number.POSITIVE_INFINITY : V5_BYTES_LIMIT;
  }

  setTimeouts(inactiveSeconds: number, activeSeconds: number): void {
    this.inactiveUs = inactiveSeconds * 1e6;
    this.activeUs = activeSeconds * 1e6;
    this.setFirstLook();
    // Existing flows may be due earlier than their entries say.
    this.rescheduleAll(this.table4);
    this.rescheduleAll(this.table6);
  }

  setTemplate(seconds: number, datagrams: number): void {
    this.settings.templateSeconds = seconds;
    this.settings.templateDatagrams = datagrams;
  }

  setMtu(bytes: number): void {
    this.settings.mtu = bytes;
    this.v9.resize(this.nowUs);
    this.ipfix.resize(this.nowUs);
  }

  close(nowMs: number): void {
    this.moveTo(nowMs * 1000);
    this.expire(Number.POSITIVE_INFINITY);
    this.flushTable(this.table4);
    this.flushTable(this.table6);
    for (const stream of this.streams) {
      stream.finish(this.nowUs);
      stream.queue.deliver();
    }
  }

  info(): EngineInfo {
    return {
      ipv4Bytes: this.accountedBytes[0]!,
      ipv4Packets: this.accountedPackets[0]!,
      ipv6Bytes: this.accountedBytes[1]!,
      ipv6Packets: this.accountedPackets[1]!,
      ipv4SkippedBytes: this.skippedBytesOf[0]!,
      ipv4SkippedPackets: this.skippedPacketsOf[0]!,
      ipv6SkippedBytes: this.skippedBytesOf[1]!,
      ipv6SkippedPackets: this.skippedPacketsOf[1]!,
      activeExpiries: this.packetExpiries,
      inactiveExpiries: this.tickExpiries,
      ipv4RecordsUsed: this.table4.live,
      ipv6RecordsUsed: this.table6.live,
      failedAllocations: 0,
      v5FailedExports: this.v5.queue.refused,
      v9FailedExports: this.v9.queue.refused,
      fibsAllocated: this.accountedPackets[0]! + this.accountedPackets[1]! > 0 ? 1 : 0,
    };
  }

  counters(): Readonly<Record<string, number>> {
    const skipped = Object.fromEntries(
      SKIP_REASON_NAMES.map((reason, i) => [
        `packetsSkipped${reason[0]!.toUpperCase()}${reason.slice(1)}`,
        this.skippedPackets[i]!,
      ]),
    );
    const queues = [this.v5.queue, this.v9.queue, this.ipfix.queue];
    return {
      packetsAccounted: this.accountedPackets[0]! + this.accountedPackets[1]!,
      bytesAccounted: this.accountedBytes[0]! + this.accountedBytes[1]!,
      packetsSkipped: this.skippedPackets.reduce((sum, n) => sum + n, 0),
      ...skipped,
      flowsActive: this.table4.live + this.table6.live,
      flowsMax: this.maxFlows,
      flowsCreated: this.flowsCreated,
      flowsEvicted: this.flowsEvicted,
      recordsExported: this.recordsExported,
      recordsDiscarded: this.recordsDiscarded,
      datagramsExported: queues.reduce((sum, queue) => sum + queue.sent, 0),
      datagramsRefused: queues.reduce((sum, queue) => sum + queue.refused, 0),
    };
  }

  /** Once per buffer, not per batch. */
  private createView(buffer: Uint8Array): void {
    this.viewOf = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** Completes the keys with interfaces and direction, and hashes them. */
  private hash(batch: PacketBatch, from: number, count: number, where: Observation): void {
    const { kind, addresses, ports, meta } = this.parsed;
    const { hashes } = this;
    const { rcvIfIndex } = batch;
    let lastIf = rcvIfIndex[from]!;
    let context = this.observations.number(where, lastIf) << 16;
    for (let k = 0; k < count; k++) {
      const version = kind[k]!;
      if (version < 0) continue;
      if (rcvIfIndex[from + k]! !== lastIf) {
        lastIf = rcvIfIndex[from + k]!;
        context = this.observations.number(where, lastIf) << 16;
      }
      const m = meta[k]! | context;
      meta[k] = m;
      let h = Math.imul(addresses[8 * k]! ^ 0x2545f491, -1640531535);
      h = Math.imul((h ^ (h >>> 15)) + addresses[8 * k + 1]!, -2048144777);
      if (version === 6) {
        for (let w = 2; w < 8; w++) h = Math.imul((h ^ (h >>> 15)) + addresses[8 * k + w]!, -2048144777);
      }
      h = Math.imul((h ^ (h >>> 13)) + ports[k]!, -1028477379);
      h = Math.imul((h ^ (h >>> 16)) + m, 668265263);
      hashes[k] = h ^ (h >>> 15);
    }
  }

  /** Loads what `update` will need: first every index slot, then every record, so that the misses overlap. */
  private touch(count: number): void {
    const { kind } = this.parsed;
    const { hashes, slots, table4, table6 } = this;
    const index4 = table4.index;
    const index6 = table6.index;
    const shift4 = table4.indexShift;
    const shift6 = table6.indexShift;
    for (let k = 0; k < count; k++) {
      slots[k] = kind[k] === 6 ? index6[hashes[k]! >>> shift6]! : index4[hashes[k]! >>> shift4]!;
    }
    const words4 = table4.words;
    const words6 = table6.words;
    let sum = this.touched;
    for (let k = 0; k < count; k++) {
      const id = slots[k]! & 0xffffff;
      sum = (sum + (kind[k] === 6 ? words6[table6.at(id) + 10]! : words4[table4.at(id) + 4]!)) | 0;
    }
    this.touched = sum;
  }

  private update(batch: PacketBatch, from: number, count: number): void {
    const { kind } = this.parsed;
    for (let k = 0; k < count; k++) {
      k = this.updatePlain(batch, from, k, count);
      for (; k < count; k++) {
        this.updateAny(batch, from, k);
        if (kind[k] === 4) break;
      }
    }
  }

  /**
   * Updates from packet `k` on as long as packets are plain: IPv4, without FIN and RST, of a flow that is new or has not timed out, and no
   * tick of the wheel is due. Returns the first packet that is not. One loop with one call in it: the compiler sees all
   * of it in the first packets and need not compile it again.
   */
  private updatePlain(batch: PacketBatch, from: number, k: number, count: number): number {
    const { kind, addresses, ports, meta, bytes, tcpFlags } = this.parsed;
    const { hashes, table4, inactiveUs, activeUs, bytesLimit, nextCheckUs } = this;
    const { timesUs } = batch;
    const { words, doubles } = table4;
    let index = table4.index;
    let mask = table4.indexMask;
    let shift = table4.indexShift;
    let accounted = 0;
    let accountedBytes = 0;
    for (; k < count; k++) {
      const time = timesUs[from + k]!;
      const flags = tcpFlags[k]!;
      if (kind[k] !== 4 || (flags & TH_FIN_RST) !== 0 || time >= nextCheckUs) break;
      const h = hashes[k]!;
      const source = addresses[8 * k]!;
      const destination = addresses[8 * k + 1]!;
      const port = ports[k]!;
      const m = meta[k]!;
      let slot = h >>> shift;
      let r = 0;
      for (;;) {
        const entry = index[slot]!;
        if (entry === 0) break;
        if (((entry ^ (h << 24)) & 0xff000000) === 0) {
          const at = FIRST_RECORD + (entry & 0xffffff) * 16;
          if (words[at] === source && words[at + 1] === destination && words[at + 2] === port && words[at + 3] === m) {
            r = at;
            break;
          }
        }
        slot = (slot + 1) & mask;
      }
      if (r === 0) {
        this.create(table4, k, time);
        index = table4.index;
        mask = table4.indexMask;
        shift = table4.indexShift;
      } else {
        const half = (r + 4) >> 1;
        const packets = (words[r + 4]! + 1) | 0;
        const sum = doubles[half + 1]! + bytes[k]!;
        if (
          time - doubles[half + 3]! > inactiveUs ||
          time - doubles[half + 2]! > activeUs ||
          packets === PACKETS_LIMIT ||
          sum >= bytesLimit
        ) {
          break;
        }
        words[r + 4] = packets;
        words[r + 5]! |= flags;
        doubles[half + 1] = sum;
        if (time > doubles[half + 3]!) doubles[half + 3] = time;
        else if (time < doubles[half + 2]!) doubles[half + 2] = time;
      }
      accounted++;
      accountedBytes += bytes[k]!;
    }
    this.accountedPackets[0]! += accounted;
    this.accountedBytes[0]! += accountedBytes;
    return k;
  }

  /** Accounts or skips any packet: the definition that `updatePlain` abbreviates. */
  private updateAny(batch: PacketBatch, from: number, k: number): void {
    const time = batch.timesUs[from + k]!;
    if (time >= this.nextCheckUs) this.advance(time);
    const version = this.parsed.kind[k]!;
    if (version < 0) {
      this.skip(-1 - version, this.parsed.family[k]!, batch.wireLengths[from + k]!);
      return;
    }
    const row = version === 4 ? 0 : 1;
    this.accountedPackets[row]!++;
    this.accountedBytes[row]! += this.parsed.bytes[k]!;
    const table = version === 4 ? this.table4 : this.table6;
    const r = this.find(table, k);
    if (r === 0) {
      this.create(table, k, time);
      return;
    }
    const { words, doubles } = table;
    const data = r + table.keyWords;
    const half = data >> 1;
    if (time - doubles[half + 3]! > this.inactiveUs || time - doubles[half + 2]! > this.activeUs) {
      this.restart(table, r, k, time);
      return;
    }
    const flags = this.parsed.tcpFlags[k]!;
    const packets = (words[data]! + 1) | 0;
    const sum = doubles[half + 1]! + this.parsed.bytes[k]!;
    words[data] = packets;
    words[data + 1]! |= flags;
    doubles[half + 1] = sum;
    if (time > doubles[half + 3]!) doubles[half + 3] = time;
    else if (time < doubles[half + 2]!) doubles[half + 2] = time;
    if ((flags & TH_FIN_RST) !== 0 || packets === PACKETS_LIMIT || sum >= this.bytesLimit) {
      this.endByPacket(table, r, flags);
    }
  }

  /** The word at which the record of packet `k`'s flow begins, 0 if there is none. */
  private find(table: FlowTable, k: number): number {
    const { addresses, ports, meta } = this.parsed;
    const { index, indexMask, words } = table;
    const addressWords = table.keyWords - 2;
    const h = this.hashes[k]!;
    let slot = h >>> table.indexShift;
    search: for (;;) {
      const entry = index[slot]!;
      if (entry === 0) return 0;
      slot = (slot + 1) & indexMask;
      if (((entry ^ (h << 24)) & 0xff000000) !== 0) continue;
      const r = table.at(entry & 0xffffff);
      if (words[r + addressWords] !== ports[k]! || words[r + addressWords + 1] !== meta[k]!) continue;
      for (let w = 0; w < addressWords; w++) if (words[r + w] !== addresses[8 * k + w]!) continue search;
      return r;
    }
  }

  private create(table: FlowTable, k: number, time: number): void {
    if (this.table4.live + this.table6.live >= this.maxFlows) this.evict();
    const { words } = table;
    const { addresses, ports, meta } = this.parsed;
    const addressWords = table.keyWords - 2;
    const id = table.insert(this.hashes[k]!);
    const r = table.at(id);
    for (let w = 0; w < addressWords; w++) words[r + w] = addresses[8 * k + w]!;
    words[r + addressWords] = ports[k]!;
    words[r + addressWords + 1] = meta[k]!;
    this.start(table, id, r, k, time);
  }

  /** Fills the data of a new record, whose key is written, from packet `k`. */
  private start(table: FlowTable, id: number, r: number, k: number, time: number): void {
    this.flowsCreated++;
    this.fill(table, r + table.keyWords, k, time);
    table.schedule(id, (this.goalTick + this.firstLook) & (WHEEL_BUCKETS - 1));
    const flags = this.parsed.tcpFlags[k]!;
    if ((flags & TH_FIN_RST) !== 0) this.endByPacket(table, r, flags);
  }

  private fill(table: FlowTable, data: number, k: number, time: number): void {
    const { words, doubles } = table;
    words[data + PACKETS] = 1;
    words[data + TCP_FLAGS] = this.parsed.tcpFlags[k]!;
    doubles[(data + BYTES) >> 1] = this.parsed.bytes[k]!;
    doubles[(data + FIRST) >> 1] = time;
    doubles[(data + LAST) >> 1] = time;
  }

  /** The flow at `r` timed out before packet `k`: exports it, and the packet begins another in its place. */
  private restart(table: FlowTable, r: number, k: number, time: number): void {
    const data = r + table.keyWords;
    const idle = time - table.doubles[(data + LAST) >> 1]! > this.inactiveUs;
    this.packetExpiries++;
    this.exportRecord(table, r, idle ? END_IDLE : END_ACTIVE);
    this.flowsCreated++;
    this.fill(table, data, k, time);
    const flags = this.parsed.tcpFlags[k]!;
    if ((flags & TH_FIN_RST) !== 0) this.endByPacket(table, r, flags);
  }

  private endByPacket(table: FlowTable, r: number, flags: number): void {
    this.packetExpiries++;
    this.exportRecord(table, r, (flags & TH_FIN_RST) !== 0 ? END_OF_FLOW : END_ACTIVE);
    table.remove((r - table.at(0)) / table.stride);
  }

  private skip(reason: number, family: number, wireLength: number): void {
    this.skippedPackets[reason]!++;
    if (family === 0) return;
    const row = family === 4 ? 0 : 1;
    this.skippedPacketsOf[row]!++;
    this.skippedBytesOf[row]! += wireLength;
  }

  private exportRecord(table: FlowTable, r: number, endReason: number): void {
    const { streams } = this;
    let exported = 0;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if (stream === this.v5 && table.keyWords !== 4) continue;
      stream.add(table, r, endReason, this.nowUs);
      exported = 1;
    }
    this.recordsExported += exported;
    this.recordsDiscarded += 1 - exported;
  }

  /** Time moves on with a packet. */
  private advance(time: number): void {
    const before = this.goalTick;
    this.moveTo(time);
    this.expire(EXPIRE_PER_PACKET);
    if (this.goalTick !== before) this.flushOld();
  }

  private moveTo(timeUs: number): void {
    if (timeUs > this.nowUs) this.nowUs = timeUs;
    const tick = Math.floor((this.nowUs - this.epochUs) / TICK_US);
    if (tick === this.goalTick) return;
    this.goalTick = tick;
    // An entry is less than one turn of the wheel ahead, so one turn finds every entry.
    if (this.doneTick < tick - WHEEL_BUCKETS + 1) this.doneTick = tick - WHEEL_BUCKETS + 1;
  }

  /** Looks at up to `budget` wheel entries that have become due. */
  private expire(budget: number): void {
    let left = budget;
    while (this.doneTick < this.goalTick) {
      const bucket = (this.doneTick + 1) & (WHEEL_BUCKETS - 1);
      const table = this.sweeping6 ? this.table6 : this.table4;
      left = this.sweep(table, bucket, left);
      if (left <= 0) {
        this.nextCheckUs = Number.NEGATIVE_INFINITY;
        return;
      }
      if (this.sweeping6) this.doneTick++;
      this.sweeping6 = !this.sweeping6;
    }
    this.nextCheckUs = this.epochUs + (this.goalTick + 1) * TICK_US;
  }

  /** Empties a bucket, or stops after `budget` entries. Returns what is left of the budget. */
  private sweep(table: FlowTable, bucket: number, budget: number): number {
    const { wheel, words, doubles } = table;
    let left = budget;
    for (;;) {
      const entries = Math.min(wheel.tailEntries(bucket), left);
      if (entries === 0) return left;
      let sum = this.touched;
      for (let i = 0; i < entries; i++) {
        const data = table.at(wheel.last(bucket, i)) + table.keyWords;
        sum = (sum + table.index[words[data + 8]! >>> table.indexShift]!) | 0;
      }
      this.touched = sum;
      for (let i = 0; i < entries; i++) {
        const id = wheel.last(bucket, 0);
        const r = table.at(id);
        const half = (r + table.keyWords) >> 1;
        const last = doubles[half + 3]!;
        const first = doubles[half + 2]!;
        const idle = this.nowUs - last > this.inactiveUs;
        if (idle || this.nowUs - first > this.activeUs) {
          this.tickExpiries++;
          this.exportRecord(table, r, idle ? END_IDLE : END_ACTIVE);
          table.remove(id);
        } else {
          table.reschedule(id, this.bucketFor(first, last));
        }
      }
      left -= entries;
    }
  }

  /** The bucket in which a flow is to be looked at again: after its next timeout, one tick ahead at least. */
  private bucketFor(first: number, last: number): number {
    const deadlineUs = Math.min(last + this.inactiveUs, first + this.activeUs) - this.epochUs;
    const due = Math.floor(deadlineUs / TICK_US) + 1;
    const tick = Math.min(Math.max(due, this.goalTick + 1), this.doneTick + WHEEL_BUCKETS);
    return tick & (WHEEL_BUCKETS - 1);
  }

  private setFirstLook(): void {
    const ticks = Math.ceil(Math.min(this.inactiveUs, this.activeUs) / TICK_US) + 1;
    this.firstLook = Math.min(ticks, WHEEL_BUCKETS - 1);
  }

  private rescheduleAll(table: FlowTable): void {
    const { doubles } = table;
    for (let id = 1; id < table.end; id++) {
      if (!table.isLive(id)) continue;
      const half = (table.at(id) + table.keyWords) >> 1;
      table.reschedule(id, this.bucketFor(doubles[half + 2]!, doubles[half + 3]!));
    }
  }

  /**
   * The cache is full: ends the longest idle of a few flows whose look is nearest. IPv4 gives way first where both families
   * have flows in that tick.
   */
  private evict(): void {
    for (let ahead = 1; ahead <= WHEEL_BUCKETS; ahead++) {
      const bucket = (this.doneTick + ahead) & (WHEEL_BUCKETS - 1);
      const table = this.table4.wheel.tailEntries(bucket) > 0 ? this.table4 : this.table6;
      const entries = Math.min(table.wheel.tailEntries(bucket), EVICT_CANDIDATES);
      if (entries === 0) continue;
      let oldest = 0;
      let oldestLast = Number.POSITIVE_INFINITY;
      for (let i = 0; i < entries; i++) {
        const id = table.wheel.last(bucket, i);
        const last = table.doubles[(table.at(id) + table.keyWords + LAST) >> 1]!;
        if (last < oldestLast) {
          oldest = id;
          oldestLast = last;
        }
      }
      this.flowsEvicted++;
      this.exportRecord(table, table.at(oldest), END_RESOURCES);
      table.remove(oldest);
      return;
    }
  }

  private flushOld(): void {
    const { streams, nowUs } = this;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if (stream.openedUs <= nowUs - FLUSH_AFTER_US) stream.finish(nowUs);
      stream.queue.deliver();
    }
  }

  private flushTable(table: FlowTable): void {
    for (let id = 1; id < table.end; id++) {
      if (table.isLive(id)) this.exportRecord(table, table.at(id), END_FORCED);
    }
    table.clear();
  }
}
