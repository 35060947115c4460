import { PacketBatch } from "@ngflow/base";
import type { AsTable, CreateFlowEngine, FlowEngine, Observation, PacketWindow } from "@ngflow/nodes/engine";
import { CaptureShare } from "./capture-share.ts";
import type { Destination } from "./destination.ts";
import { applyChoices } from "./engine-choices.ts";
import { latestUs } from "./latest-us.ts";
import type { MeterSettings } from "./meter-settings.ts";
import { type MeterStats, meterStats } from "./meter-stats.ts";
import { PacketScanner } from "./packet-scanner.ts";

/** A latest packet a day from the time that packets agree on has a wrong stamp: the trace ends before it. */
const FAR_MS = 86_400_000;

/** An engine fed by a capture. It is created with the first packet, whose time is its boot time. */
export class TraceMeter {
  /** Packets passed to the engine. */
  #metered = 0;
  readonly #settings: MeterSettings;
  readonly #destination: Destination;
  readonly #create: CreateFlowEngine;
  readonly #asTable: AsTable | undefined;
  readonly #observations = new Map<number, Observation>();
  readonly #part: PacketBatch;
  #engine: FlowEngine | null = null;
  #share: CaptureShare | null = null;
  /** Takes packets from the file, in the packet memory. */
  #scanner: PacketScanner | null = null;
  #nowUs = 0;
  /** `latestUs` of all packets so far. */
  #lastUs = Number.NEGATIVE_INFINITY;
  #nextTickMs = 0;

  /** @param batchPackets most packets of a batch */
  constructor(
    settings: MeterSettings,
    destination: Destination,
    create: CreateFlowEngine,
    asTable: AsTable | undefined,
    batchPackets: number,
  ) {
    this.#asTable = asTable;
    this.#settings = settings;
    this.#destination = destination;
    this.#create = create;
    this.#part = new PacketBatch(batchPackets);
  }

  /** Meters the packets of a batch, or this worker's share of them. */
  account(batch: PacketBatch, dataLinkType: number): void {
    const engine = (this.#engine ??= this.#createEngine(batch.timesUs[0]!));
    const where = this.#observation(dataLinkType);
    if (this.#scanner?.used === true) {
      this.#lastUs = this.#scanner.lastUs;
      this.#follow(this.#lastUs);
      this.#metered += batch.count;
      engine.account(batch, where);
      return;
    }
    if (this.#share !== null) this.#accountShare(engine, this.#share, batch, where);
    else {
      this.#metered += batch.count;
      if (engine.packetsMoveTime === true) engine.account(batch, where);
      else this.#accountWithTicks(engine, batch, where);
    }
    this.#lastUs = latestUs(batch, this.#lastUs);
    this.#follow(batch.timesUs[batch.count - 1]!);
  }

  /** The engine's packet memory, once the engine exists, and what takes packets from a capture in it. */
  packetWindow(bytes: number): { readonly window: PacketWindow; readonly scanner: PacketScanner } | undefined {
    const window = this.#engine?.packetWindow?.(bytes);
    if (window === undefined) return undefined;
    this.#scanner = new PacketScanner(window.records, this.#share, this.#lastUs, (share) =>
      this.#lead(share.nowUs, share.leastUs),
    );
    return { window, scanner: this.#scanner };
  }

  close(): void {
    const engine = this.#engine;
    // A scanner looks at packets of other shares after the last of its own.
    if (this.#scanner?.used === true) this.#lastUs = this.#scanner.lastUs;
    this.#follow(this.#lastUs);
    const latestMs = this.#lastUs / 1000;
    const timeMs = this.#share === null ? (engine?.timeMs ?? latestMs) : this.#share.lastUs / 1000;
    engine?.close(Math.abs(latestMs - timeMs) > FAR_MS ? timeMs : latestMs);
  }

  /** @param notIp frames that the reader skipped, by `SKIP_…` number; undefined when another worker reports them */
  stats(notIp?: Float64Array): MeterStats {
    return meterStats(this.#engine, this.#metered, notIp);
  }

  #createEngine(firstUs: number): FlowEngine {
    const settings = this.#settings;
    const bootMs = Math.floor(firstUs / 1000);
    this.#nowUs = firstUs;
    const { index = 0, count = 1 } = settings.share ?? {};
    const engine = this.#create(
      {
        nowMs: () => this.#nowUs / 1000,
        monotonicMs: () => this.#nowUs / 1000,
      },
      {
        maxFlows: Math.ceil(settings.maxFlows / count),
        observationDomainId: index,
        // Not at the first packet itself: nfcapd takes a flow that begins and ends at uptime 0 as one without times.
        bootMs: bootMs - 1,
        ...(this.#asTable === undefined ? {} : { asTable: this.#asTable }),
      },
    );
    engine.setTimeouts(settings.inactiveSeconds, settings.activeSeconds);
    applyChoices(engine, settings);
    engine.setExport(settings.hook, this.#destination);
    this.#nextTickMs = bootMs + engine.tickIntervalMs;
    if (count > 1) this.#share = new CaptureShare(index, count, bootMs * 1000);
    return engine;
  }

  /** All packets move time, not only those of the share, so that flows end when they would if it had them all. */
  #accountShare(engine: FlowEngine, share: CaptureShare, batch: PacketBatch, where: Observation): void {
    const part = this.#part;
    for (let from = 0; from < batch.count;) {
      from = share.take(batch, from, where.dataLinkType, part);
      this.#metered += part.count;
      if (part.count > 0) engine.account(part, where);
      if (share.moved) this.#lead(share.nowUs, share.leastUs);
    }
  }

  /** A record of the trace has this time: the trace ends no earlier. */
  #follow(timeUs: number): void {
    if (timeUs > this.#nowUs) this.#nowUs = timeUs;
  }

  /** Packets of any share have moved time. */
  #lead(nowUs: number, leastUs: number): void {
    const engine = this.#engine!;
    this.#nowUs = nowUs;
    if (engine.lead === undefined) engine.tick(nowUs / 1000);
    else engine.lead(nowUs / 1000, leastUs / 1000);
  }

  /** Runs the engine's ticks at their times between the packets. */
  #accountWithTicks(engine: FlowEngine, batch: PacketBatch, where: Observation): void {
    const part = this.#part;
    part.buffer = batch.buffer;
    part.count = 0;
    for (let i = 0; i < batch.count; i++) {
      const timeMs = batch.timesUs[i]! / 1000;
      if (timeMs >= this.#nextTickMs) {
        if (part.count > 0) engine.account(part, where);
        part.count = 0;
        this.#tickTo(engine, timeMs);
      }
      part.pushFrom(batch, i);
    }
    if (part.count > 0) engine.account(part, where);
  }

  /** Runs the ticks that are due and have an effect: a time stamp far ahead costs a few per cached flow at most. */
  #tickTo(engine: FlowEngine, timeMs: number): void {
    const interval = engine.tickIntervalMs;
    while (this.#nextTickMs <= timeMs) {
      this.#nowUs = this.#nextTickMs * 1000;
      engine.tick(this.#nextTickMs);
      this.#nextTickMs += interval;
      const idleMs = Math.min(engine.idleUntilMs ?? 0, timeMs) - this.#nextTickMs;
      if (idleMs > 0) this.#nextTickMs += Math.ceil(idleMs / interval) * interval;
    }
  }

  #observation(dataLinkType: number): Observation {
    let where = this.#observations.get(dataLinkType);
    if (where === undefined) {
      where = { slot: 0, direction: 0, dataLinkType, ifIndex: 0, conf: 1, hasOpposite: true };
      this.#observations.set(dataLinkType, where);
    }
    return where;
  }
}
