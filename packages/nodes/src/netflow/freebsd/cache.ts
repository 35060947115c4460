import { E, packetsOf } from "@ngflow/base";
import { type Emit, type Moment, V5Datagrams, V9Datagrams, type V9Settings } from "./datagrams.ts";
import { BUCKETS, FlowTable } from "./flow-table.ts";
import { ACCOUNT, IGNORE, PacketFacts, parsePacket, SKIP_IPV4, SKIP_IPV6 } from "./parse.ts";
import { NO_ROUTES, Route, type RouteTable } from "@ngflow/os";
import { type ShowReply, showFlows } from "./show.ts";

const TH_FIN_RST = 0x05;
const SMALL_PACKETS = 4;
/** A flow is expired before its 32-bit byte counter can wrap (ng_netflow.md §7.1). */
const BYTES_MAX = 4294967295 - 65535;
/** Routing tables of the machine; packets of others pass unaccounted (ng_netflow.md §5.6). */
const FIBS = 1;
/** Above this many entries the timer also takes large idle flows (ng_netflow.md §7.2). */
const AGGRESSIVE_ABOVE = 2 * BUCKETS;

/** Counters of the `info` message that the engine keeps (ng_netflow.md §3). */
export class CacheCounters {
  ipv4Bytes = 0;
  ipv4Packets = 0;
  ipv6Bytes = 0;
  ipv6Packets = 0;
  ipv4SkippedBytes = 0;
  ipv4SkippedPackets = 0;
  ipv6SkippedBytes = 0;
  ipv6SkippedPackets = 0;
  activeExpiries = 0;
  inactiveExpiries = 0;
  failedAllocations = 0;
  fibsAllocated = 0;
}

/** Counters that the kernel's node does not have. */
export class FlowCounters {
  flowsCreated = 0;
  recordsExported = 0;
  recordsDiscarded = 0;
}

/** Facts of the current packet, from the node. */
export interface PacketContext {
  readonly dlt: number;
  inIndex: number;
  fib: number;
  /** The opposite hook exists: only then are unaccounted packets counted as skipped (ng_netflow.md §5.1). */
  readonly hasOpposite: boolean;
  readonly noSourceLookup: boolean;
  readonly noDestinationLookup: boolean;
}

interface FibExport {
  readonly v5: V5Datagrams;
  readonly v9: V9Datagrams;
}

/**
 * FreeBSD 13.0's flow cache and export engine, to the byte and with its surprises (reference: ng_netflow.md §5 to
 * §10). Time is an argument of every call.
 */
export class FlowCache {
  readonly counters = new CacheCounters();
  readonly flows = new FlowCounters();
  readonly v9Settings: V9Settings = { templateTimeSec: 600, templatePackets: 500, mtu: 1500 };
  inactiveSec = 15;
  activeSec = 1800;
  routes: RouteTable = NO_ROUTES;
  /** Set while the hook of that name is connected; null flows are not exported there. */
  emitV5: Emit | null = null;
  emitV9: Emit | null = null;
  readonly ipv4 = new FlowTable(4);
  readonly ipv6 = new FlowTable(6);
  readonly #facts = new PacketFacts();
  /**
   * Packets that the frame at hand is on the wire: the kernel's node knows nothing of segments merged by an offload.
   */
  #packets = 1;
  readonly #route = new Route();
  readonly #fibs = new Map<number, FibExport>();

  /**
   * One packet of `length` bytes at `o`, `frameBytes` on the wire. Returns what its sender is told without the opposite
   * hook: 0, also for a packet that is not understood; EINVAL when it ends early; ENOMEM when the cache is full.
   * @param segments as `PacketBatch.segments` has it
   */
  packet(
    b: Uint8Array,
    o: number,
    length: number,
    frameBytes: number,
    segments: number,
    context: PacketContext,
    now: Moment,
  ): number {
    const facts = this.#facts;
    this.#packets = packetsOf(segments);
    let outcome = parsePacket(b, o, length, context.dlt, this.emitV9 !== null, facts);
    if (outcome === ACCOUNT && context.fib >= FIBS) outcome = facts.family === 4 ? SKIP_IPV4 : SKIP_IPV6;
    if (outcome !== ACCOUNT) {
      if (outcome !== IGNORE && context.hasOpposite) this.#skipped(outcome, frameBytes);
      return facts.cut ? E.EINVAL : 0;
    }
    if (this.#packets > 1) facts.bytes += (this.#packets - 1) * ((segments >>> 16) - (facts.ip - o));
    if (!this.#fibs.has(context.fib)) this.#openFib(context.fib);
    if (facts.family === 4) {
      this.counters.ipv4Bytes += facts.bytes;
      this.counters.ipv4Packets += this.#packets;
      return this.#account(this.ipv4, b, context, now);
    }
    this.counters.ipv6Bytes += facts.bytes;
    this.counters.ipv6Packets += this.#packets;
    return this.#account(this.ipv6, b, context, now);
  }

  /**
   * The one-second timer: IPv4 table, then IPv6 (ng_netflow.md §7.2). Returns the uptime in seconds before which the
   * next call does nothing if no packet comes; infinity when no flow is cached.
   */
  timer(now: Moment): number {
    let dueSec = Number.POSITIVE_INFINITY;
    for (const table of [this.ipv4, this.ipv6]) {
      let used = table.used;
      if (used === 0) continue;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (let entry = table.head[bucket]!; entry !== -1;) {
          const next = table.next[entry]!;
          const inactive = now.uptimeSec - table.last[entry]! > this.inactiveSec;
          if (!inactive) dueSec = Math.min(dueSec, table.last[entry]! + this.inactiveSec + 1);
          if (used <= AGGRESSIVE_ABOVE && !inactive) break;
          const small = table.packets[entry]! <= SMALL_PACKETS;
          if ((inactive && (small || used > AGGRESSIVE_ABOVE)) || this.#aged(table, entry, now)) {
            used--;
            this.counters.inactiveExpiries++;
            this.#expire(table, bucket, entry, now);
          } else dueSec = Math.min(dueSec, table.first[entry]! + this.activeSec + 1);
          entry = next;
        }
      }
    }
    return dueSec;
  }

  /** Exports every flow and sends the partial datagrams, as the node's shutdown does (ng_netflow.md §8.5). */
  flush(now: Moment): void {
    for (const table of [this.ipv4, this.ipv6]) {
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (let entry = table.head[bucket]!; entry !== -1; entry = table.head[bucket]!) {
          this.#expire(table, bucket, entry, now);
        }
      }
    }
    for (const fib of this.#fibs.values()) {
      if (this.emitV5) fib.v5.flush(now, this.emitV5);
      if (this.emitV9) fib.v9.flush(now, this.emitV9);
    }
  }

  /**
   * Binary listing of the cache from a bucket and list position (ng_netflow.md §10). Undefined where the kernel says
   * EINVAL.
   */
  show(version: number, bucket: number, position: number): ShowReply | undefined {
    if (bucket >= BUCKETS || (version !== 4 && version !== 6)) return undefined;
    return showFlows(version === 4 ? this.ipv4 : this.ipv6, bucket, position);
  }

  #skipped(outcome: number, frameBytes: number): void {
    if (outcome === SKIP_IPV4) {
      this.counters.ipv4SkippedBytes += frameBytes;
      this.counters.ipv4SkippedPackets += this.#packets;
    } else {
      this.counters.ipv6SkippedBytes += frameBytes;
      this.counters.ipv6SkippedPackets += this.#packets;
    }
  }

  #openFib(fib: number): void {
    this.#fibs.set(fib, { v5: new V5Datagrams(fib), v9: new V9Datagrams(fib, this.v9Settings) });
    this.counters.fibsAllocated++;
  }

  #aged(table: FlowTable, entry: number, now: Moment): boolean {
    return now.uptimeSec - table.first[entry]! > this.activeSec;
  }

  /**
   * Searches the bucket from newest to oldest, expiring what is due on the way (ng_netflow.md §7.1). Returns 0, or
   * ENOMEM for a flow that the cache has no room for.
   */
  #account(table: FlowTable, b: Uint8Array, context: PacketContext, now: Moment): number {
    const facts = this.#facts;
    const bucket = table.bucketOf(b, facts);
    table.setKey(b, facts, context.inIndex, context.fib);
    for (let entry = table.tail[bucket]!; entry !== -1;) {
      const older = table.previous[entry]!;
      if (table.matches(entry)) {
        this.#update(table, bucket, entry, now);
        return 0;
      }
      const inactive = now.uptimeSec - table.last[entry]! > this.inactiveSec;
      if ((inactive && table.packets[entry]! <= SMALL_PACKETS) || this.#aged(table, entry, now)) {
        this.counters.activeExpiries++;
        this.#expire(table, bucket, entry, now);
      }
      entry = older;
    }
    return this.#create(table, bucket, b, context, now);
  }

  #update(table: FlowTable, bucket: number, entry: number, now: Moment): void {
    const facts = this.#facts;
    table.bytes[entry]! += facts.bytes;
    table.packets[entry]! += this.#packets;
    table.tcpFlags[entry]! |= facts.tcpFlags;
    table.last[entry] = now.uptimeSec;
    if ((facts.tcpFlags & TH_FIN_RST) !== 0 || this.#aged(table, entry, now) || table.bytes[entry]! >= BYTES_MAX) {
      this.counters.activeExpiries++;
      this.#expire(table, bucket, entry, now);
    } else {
      table.moveToNewest(bucket, entry);
    }
  }

  #create(table: FlowTable, bucket: number, b: Uint8Array, context: PacketContext, now: Moment): number {
    const facts = this.#facts;
    const entry = table.insert(bucket);
    if (entry === -1) {
      this.counters.failedAllocations++;
      return E.ENOMEM;
    }
    this.flows.flowsCreated++;
    table.bytes[entry] = facts.bytes;
    table.packets[entry] = this.#packets;
    table.tcpFlags[entry] = facts.tcpFlags;
    table.first[entry] = table.last[entry] = now.uptimeSec;
    const source = facts.ip + (table.family === 4 ? 12 : 8);
    const route = this.#route;
    if (!context.noDestinationLookup && this.routes.lookup(table.family, b, source + table.addressBytes, route)) {
      table.outIndex[entry] = route.interfaceIndex;
      table.destinationMask[entry] = route.prefixLength;
      // Release 13.0 compares an IPv4 gateway's address length with the family number: never equal (ng_netflow.md §6).
      if (table.family === 6 && route.hasGateway) table.nextHop.set(route.gateway, entry * 16);
    }
    if (!context.noSourceLookup && this.routes.lookup(table.family, b, source, route)) {
      table.sourceMask[entry] = route.prefixLength;
    }
    return 0;
  }

  /** Appends the flow to the datagrams of its routing table and forgets it. */
  #expire(table: FlowTable, bucket: number, entry: number, now: Moment): void {
    const fib = this.#fibs.get(table.keys[(entry + 1) * table.keyWords - 1]!)!;
    if (table.family === 4 && this.emitV5) fib.v5.add(table, entry, now, this.emitV5);
    if (this.emitV9) fib.v9.add(table, entry, now, this.emitV9);
    if (this.emitV9 || (table.family === 4 && this.emitV5)) this.flows.recordsExported++;
    else this.flows.recordsDiscarded++;
    table.remove(bucket, entry);
  }
}
