import { PacketBatch, u32le } from "@ngflow/base";
import { NgError } from "@ngflow/graph";
import type {
  EngineContext,
  EngineInfo,
  ExportHook,
  ExportOutlet,
  FlowEngine,
  NetflowOptions,
  Observation,
} from "../flow-engine.ts";
import { ClockSteps } from "../clock-steps.ts";
import { FlowCache } from "./cache.ts";
import type { Emit } from "./datagrams.ts";

const CONF_NO_SOURCE_LOOKUP = 0x10;
const CONF_NO_DESTINATION_LOOKUP = 0x20;
const SHOW_REQUEST_BYTES = 16;

/** The time that the cache sees: that of the packet or timer at hand. It never runs backwards. */
class Now {
  uptimeSec = 0;
  unixSec = 0;
  unixNsec = 0;
  timeUs = 0;
  #bootUs: number;
  /** Packets of this time or later were stamped before the clock was set back. */
  #staleUs = Number.POSITIVE_INFINITY;

  constructor(bootMs: number) {
    this.#bootUs = Math.round(bootMs * 1000);
  }

  /** The time of a packet. */
  packet(timeUs: number): void {
    if (timeUs < this.#staleUs) this.#advance(timeUs);
  }

  /** The time of the clock. */
  clock(timeUs: number): void {
    if (timeUs >= this.#staleUs) this.#staleUs = Number.POSITIVE_INFINITY;
    this.#advance(timeUs);
  }

  /** The clock was set forward or, below 0, back: uptime goes on, as that of the kernel does. */
  step(byUs: number): void {
    this.#bootUs += byUs;
    if (this.timeUs === 0) return;
    this.timeUs += byUs;
    this.#staleUs = byUs < 0 ? this.timeUs - byUs / 2 : Number.POSITIVE_INFINITY;
  }

  #advance(timeUs: number): void {
    if (timeUs <= this.timeUs) return;
    this.timeUs = timeUs;
    this.uptimeSec = Math.floor((timeUs - this.#bootUs) / 1_000_000);
    this.unixSec = Math.floor(timeUs / 1_000_000);
    this.unixNsec = (timeUs - this.unixSec * 1_000_000) * 1000;
  }

  /** Unix milliseconds at an uptime in seconds. */
  atUptime(seconds: number): number {
    return this.#bootUs / 1000 + seconds * 1000;
  }
}

/** Profile `freebsd`: the kernel node's cache behind the engine interface. */
export class FreebsdEngine implements FlowEngine {
  readonly tickIntervalMs = 1000;
  readonly exportHooks: readonly ExportHook[] = ["export", "export9"];
  idleUntilMs = 0;
  readonly #cache = new FlowCache();
  readonly #now: Now;
  readonly #context: EngineContext;
  readonly #clockSteps = new ClockSteps();
  #datagrams = 0;

  constructor(context: EngineContext, options: NetflowOptions) {
    this.#context = context;
    // The kernel's uptime starts at 1.
    this.#now = new Now(options.bootMs ?? context.nowMs() - (options.uptimeMs?.() ?? 0) - 1000);
    if (options.routes) this.#cache.routes = options.routes;
  }

  account(batch: PacketBatch, where: Observation): number {
    this.#followClock(this.#context.nowMs());
    const context = {
      dlt: where.dataLinkType,
      inIndex: 0,
      fib: 0,
      hasOpposite: where.hasOpposite,
      noSourceLookup: (where.conf & CONF_NO_SOURCE_LOOKUP) !== 0,
      noDestinationLookup: (where.conf & CONF_NO_DESTINATION_LOOKUP) !== 0,
    };
    const fixedIndex = where.direction === 0 ? where.ifIndex : 0;
    let errno = 0;
    const { buffer, offsets, lengths, wireLengths, segments } = batch;
    for (let i = 0; i < batch.count; i++) {
      this.#now.packet(batch.timesUs[i]!);
      context.inIndex = fixedIndex !== 0 ? fixedIndex : batch.rcvIfIndex[i]!;
      context.fib = batch.fibs[i]!;
      const frame = wireLengths[i]!;
      errno = this.#cache.packet(buffer, offsets[i]!, lengths[i]!, frame, segments[i]!, context, this.#now) || errno;
    }
    return errno;
  }

  tick(nowMs: number): void {
    this.#followClock(nowMs);
    this.#now.clock(Math.round(nowMs * 1000));
    this.idleUntilMs = this.#now.atUptime(this.#cache.timer(this.#now));
  }

  setExport(name: ExportHook, hook: ExportOutlet | null): void {
    const emit = hook === null ? null : this.#emitTo(hook);
    if (name === "export") this.#cache.emitV5 = emit;
    else if (name === "export9") this.#cache.emitV9 = emit;
  }

  setTimeouts(inactiveSeconds: number, activeSeconds: number): void {
    this.#cache.inactiveSec = inactiveSeconds;
    this.#cache.activeSec = activeSeconds;
  }

  setTemplate(seconds: number, datagrams: number): void {
    this.#cache.v9Settings.templateTimeSec = seconds;
    this.#cache.v9Settings.templatePackets = datagrams;
  }

  setMtu(bytes: number): void {
    this.#cache.v9Settings.mtu = bytes;
  }

  #followClock(nowMs: number): void {
    const stepMs = this.#clockSteps.observe(nowMs, this.#context.monotonicMs());
    if (stepMs !== 0) this.#now.step(Math.round(stepMs * 1000));
  }

  close(nowMs: number): void {
    this.#followClock(nowMs);
    this.#now.clock(Math.round(nowMs * 1000));
    this.#cache.flush(this.#now);
  }

  info(): EngineInfo {
    return {
      ...this.#cache.counters,
      ipv4RecordsUsed: this.#cache.ipv4.used,
      ipv6RecordsUsed: this.#cache.ipv6.used,
      v5FailedExports: 0,
      v9FailedExports: 0,
    };
  }

  /** Request: version, 3 bytes of padding, bucket, list position, count; little-endian (ng_netflow.md §10). */
  show(request: Uint8Array): Uint8Array {
    const reply =
      request.length === SHOW_REQUEST_BYTES
        ? this.#cache.show(request[0]!, u32le(request, 4), u32le(request, 8))
        : undefined;
    if (reply === undefined) throw new NgError("EINVAL");
    return reply.data;
  }

  counters(): Readonly<Record<string, number>> {
    const { counters, flows, ipv4, ipv6 } = this.#cache;
    return {
      packetsAccounted: counters.ipv4Packets + counters.ipv6Packets,
      bytesAccounted: counters.ipv4Bytes + counters.ipv6Bytes,
      packetsSkipped: counters.ipv4SkippedPackets + counters.ipv6SkippedPackets,
      flowsActive: ipv4.used + ipv6.used,
      flowsRefused: counters.failedAllocations,
      clockSteps: this.#clockSteps.count,
      ...flows,
      datagramsExported: this.#datagrams,
    };
  }

  #emitTo(hook: ExportOutlet): Emit {
    const batch = new PacketBatch(1);
    return (datagram) => {
      this.#datagrams++;
      batch.buffer = datagram;
      batch.count = 0;
      batch.push(0, datagram.length, datagram.length, this.#now.timeUs || this.#context.nowMs() * 1000);
      hook.send(batch);
    };
  }
}
