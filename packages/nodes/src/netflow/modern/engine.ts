import { LINK_ETHERNET, type PacketBatch } from "@ngflow/base";
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
import { DEFAULT_KEY } from "../key-parts.ts";
import type { Arena } from "./cache/arena.ts";
import { EndedFlows } from "./cache/ended-flows.ts";
import { FlowMeter } from "./cache/flow-meter.ts";
import { FlowTable } from "./cache/flow-table.ts";
import { FragmentTable } from "./cache/fragment-table.ts";
import { GROUP_PACKETS } from "./cache/group-packets.ts";
import type { KeyRows } from "./cache/key-rows.ts";
import { ObservationTable } from "./cache/observation-table.ts";
import { PacketGroup } from "./cache/packet-group.ts";
import { PacketSampler } from "./cache/packet-sampler.ts";
import { createArena, WINDOW_BYTES } from "./create-arena.ts";
import { engineInfo } from "./engine-info.ts";
import { Expiry } from "./expiry/expiry.ts";
import { LeavingRecords } from "./expiry/leaving-records.ts";
import { Timeouts } from "./expiry/timeouts.ts";
import type { StreamSettings } from "./export/export-stream.ts";
import { FlowExporter } from "./export/flow-exporter.ts";
import { ChosenFields } from "./fields/chosen-fields.ts";
import { GROUP_VLAN, parseFieldGroups, parseKey } from "./fields/field-groups.ts";
import { PacketCounts } from "./packet-counts.ts";
import { showFlows } from "./show.ts";
import type { PacketWindow } from "./wasm/packet-window.ts";

/** Beyond this, uptimes have less than half of their 32 bits left. */
const UPTIME_MAX_MS = 2 ** 31;
/** Between ticks while no flow is cached and no record waits: an idle machine is woken for nothing else. */
const IDLE_TICK_MS = 1000;
/**
 * The engine of profile `modern`. Packets go through in groups: parse all, hash all, touch the index slots, touch the
 * records, then update, so that the memory accesses of different packets overlap. Flows end exactly when a packet or
 * the clock comes more than the inactive timeout after their last packet or more than the active timeout after their
 * first; the wheel only decides how soon that is noticed (within 250 ms). Output depends on packets and times alone,
 * not on the hash.
 */
export class ModernEngine implements FlowEngine {
  readonly tickIntervalMs = 10;
  readonly packetsMoveTime = true;
  readonly exportHooks = ["export", "export9", "export10"] as const;
  readonly moreExports = true;
  readonly newKey: string;

  private readonly context: EngineContext;
  private readonly options: NetflowOptions;
  private readonly table4: FlowTable;
  private readonly table6: FlowTable;
  private readonly arena: Arena;
  private readonly group: PacketGroup;
  private readonly observations: ObservationTable;
  private readonly counts: PacketCounts;
  private readonly timeouts: Timeouts;
  private readonly fragments = new FragmentTable();
  private readonly sampler = new PacketSampler();
  private readonly exporter: FlowExporter;
  private readonly expiry: Expiry;
  private readonly clockSteps = new ClockSteps();
  private readonly meter: FlowMeter;
  private readonly chosen: ChosenFields;
  private viewOf: Uint8Array | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  /** Has packets of a file: only places, lengths and times differ from packet to packet. */
  private fileBatch: PacketBatch | null = null;

  constructor(context: EngineContext, options: NetflowOptions) {
    const { maxFlows } = options;
    this.context = context;
    this.options = options;
    const arena = createArena(maxFlows);
    const bootMs = Math.floor(options.bootMs ?? context.nowMs());
    const table4 = new FlowTable(4, maxFlows, arena);
    const table6 = new FlowTable(10, maxFlows, arena);
    const counts = new PacketCounts(arena);
    const observations = new ObservationTable(arena);
    const leaving = new LeavingRecords(arena);
    const ended = new EndedFlows(arena);
    const timeouts = new Timeouts(arena);
    this.timeouts = timeouts;
    this.group = new PacketGroup(GROUP_PACKETS, arena, {
      table4,
      table6,
      counts,
      leaving,
      ended,
      observations,
      timeouts,
      bootMs,
    });
    const { parsed, merged, hashes, wasm } = this.group;
    this.counts = counts;
    const exporter = new FlowExporter(this.exportSettings(bootMs), observations, wasm);
    const step = (toUs: number, leastUs: number): void => this.beforeStep(toUs, leastUs);
    const expiry = new Expiry(
      table4,
      table6,
      exporter,
      timeouts,
      leaving,
      bootMs * 1000,
      context.monotonicMs,
      step,
      wasm,
    );
    const flows = { maxFlows, table4, table6, counts, leaving, ended };
    const parts = { ...flows, parsed, merged, hashes, wasm, timeouts, expiry, exporter };
    this.meter = new FlowMeter(parts);
    this.arena = arena;
    this.table4 = table4;
    this.table6 = table6;
    this.observations = observations;
    this.exporter = exporter;
    this.expiry = expiry;
    this.newKey = options.key ?? DEFAULT_KEY;
    this.chosen = new ChosenFields(options, this.meter, parts);
    this.chosen.choose(0, parseKey(this.newKey) ?? GROUP_VLAN);
  }

  /** Settings of all streams as they are at first. */
  private exportSettings(bootMs: number): StreamSettings {
    const { counts, sampler, options } = this;
    return {
      templateSeconds: 600,
      templateDatagrams: 500,
      mtu: 1500,
      bootMs,
      observationDomainId: options.observationDomainId,
      groups: 0,
      taggedApart: false,
      options: {
        sampling: sampler.sampling,
        announceSampling: false,
        ignoredPackets: () => counts.skipped() + sampler.passedUntil(counts.handled()),
        notSentFlows: () => this.exporter.recordsDiscarded,
        interfaces: options.interfaces,
      },
    };
  }

  packetWindow(bytes: number): PacketWindow | undefined {
    const { wasm } = this.group;
    if (this.fileBatch !== null || bytes > WINDOW_BYTES || wasm === null) return undefined;
    const window = wasm.createWindow(this.arena, bytes);
    this.fileBatch = window.batch;
    return window;
  }

  /** Whether WebAssembly handles plain packets. */
  get hasWasm(): boolean {
    return this.group.wasm !== null;
  }

  account(given: PacketBatch, where: Observation): number {
    const batch = this.sampler.sampling.mode === 0 ? given : this.sampler.select(given, this.counts.handled());
    if (this.viewOf !== batch.buffer) this.createView(batch.buffer);
    const { group } = this;
    const { biflow, extra, keyParts, keyRows, tunnels } = this.chosen;
    const { parsed } = group;
    const fromFile = batch === this.fileBatch;
    this.expiry.begin();
    for (let from = 0; from < batch.count; from += GROUP_PACKETS) {
      const count = Math.min(GROUP_PACKETS, batch.count - from);
      group.parse(batch, this.view, from, count, where.dataLinkType);
      if (tunnels !== null) tunnels.parse(batch, this.view, from, count, where.dataLinkType, parsed);
      group.merged.begin(batch, from, count, parsed);
      const hasVlans = (keyParts & GROUP_VLAN) !== 0;
      if (where.dataLinkType === LINK_ETHERNET && !(fromFile && hasVlans)) {
        group.completeVlans(batch, from, count, hasVlans);
      }
      if (parsed.fragmentCount !== 0) this.fragments.resolve(parsed, batch, from);
      if (extra !== null) extra.begin(batch, this.view, from, where);
      if (biflow === null) {
        group.hash(batch, from, count, this.observations, where, fromFile);
        if (keyRows !== null) this.beginKeyRows(keyRows, batch, from, count, where);
        group.touch(count);
        this.meter.update(batch, from, count);
      } else {
        const { rows, meter } = biflow;
        rows.turn(batch, from, count, parsed, this.observations, where);
        group.hash(batch, from, count, rows, where, fromFile);
        if (keyRows !== null) this.beginKeyRows(keyRows, batch, from, count, where);
        group.touch(count);
        meter.update(batch, from, count);
      }
    }
    return 0;
  }

  private beginKeyRows(rows: KeyRows, batch: PacketBatch, from: number, count: number, where: Observation): void {
    const { parsed, hashes } = this.group;
    rows.begin(batch, this.view, from, count, where.dataLinkType === LINK_ETHERNET, parsed, hashes);
  }

  tick(nowMs: number): number {
    const stepMs = this.clockSteps.observe(nowMs, this.context.monotonicMs());
    if (stepMs !== 0) this.followClock(stepMs * 1000, nowMs * 1000);
    this.expiry.tick(nowMs);
    const idle = this.table4.live + this.table6.live === 0 && this.exporter.isFlushed();
    return idle ? IDLE_TICK_MS : this.tickIntervalMs;
  }

  /**
   * The clock was set: flows keep their durations, and uptime is that of the machine. Their times, and with them those
   * of the boot, are as if the clock had always been right.
   */
  private followClock(byUs: number, nowUs: number): void {
    const { exporter, expiry, fragments, group, table4, table6 } = this;
    // Records in open datagrams have the uptimes of before.
    exporter.flushAll(expiry.nowUs);
    expiry.shiftTimes(byUs, nowUs);
    table4.shiftTimes(byUs, nowUs);
    table6.shiftTimes(byUs, nowUs);
    fragments.clear();
    exporter.settings.bootMs += byUs / 1000;
    group.wasm?.setBoot(exporter.settings.bootMs);
  }

  /**
   * Packets lead time to another one, far away. Uptimes are below 2 to the 32nd milliseconds and not negative: where
   * they would not be, the boot is at the first of those packets. What was metered before leaves with the boot of
   * before.
   */
  private beforeStep(toUs: number, leastUs: number): void {
    const { exporter, expiry, group, meter } = this;
    const uptimeMs = toUs / 1000 - exporter.settings.bootMs;
    if (leastUs / 1000 >= exporter.settings.bootMs && uptimeMs < UPTIME_MAX_MS) return;
    if (toUs > expiry.nowUs) meter.flushBefore(leastUs);
    exporter.flushAll(expiry.nowUs);
    exporter.settings.bootMs = Math.floor(leastUs / 1000);
    group.wasm?.setBoot(exporter.settings.bootMs);
  }

  lead(nowMs: number, leastMs: number): void {
    this.expiry.lead(nowMs, leastMs);
  }

  get timeMs(): number {
    return this.expiry.lastUs / 1000;
  }

  setExport(name: ExportHook, outlet: ExportOutlet | null): void {
    this.exporter.setExport(name, outlet);
    this.meter.exportChanged();
  }

  setTimeouts(inactiveSeconds: number, activeSeconds: number): void {
    this.timeouts.setGeneral(inactiveSeconds, activeSeconds);
    this.expiry.timeoutsChanged();
  }

  setProtocolTimeouts(protocol: number, inactiveSeconds: number, activeSeconds: number): void {
    this.timeouts.setProtocol(protocol, inactiveSeconds, activeSeconds);
    this.expiry.timeoutsChanged();
  }

  clearProtocolTimeouts(protocol: number): void {
    this.timeouts.clearProtocol(protocol);
    this.expiry.timeoutsChanged();
  }

  setTemplate(seconds: number, datagrams: number): void {
    this.exporter.settings.templateSeconds = seconds;
    this.exporter.settings.templateDatagrams = datagrams;
  }

  setMtu(bytes: number): void {
    this.exporter.settings.mtu = bytes;
    this.exporter.resize(this.expiry.nowUs);
  }

  setFields(names: string): boolean {
    const groups = parseFieldGroups(names);
    if (groups === undefined) return false;
    this.chosen.choose(groups, this.chosen.keyParts);
    return true;
  }

  setKey(names: string): boolean {
    const parts = parseKey(names);
    if (parts === undefined) return false;
    this.chosen.choose(this.chosen.groups, parts);
    return true;
  }

  setSampling(mode: number, interval: number, seed: number): boolean {
    if ((mode !== 0 && mode !== 1 && mode !== 2) || (mode !== 0 && interval === 0)) return false;
    this.sampler.set(mode, interval, seed);
    this.meter.setSamples(mode !== 0);
    this.exporter.settings.options.announceSampling = true;
    this.exporter.announce();
    return true;
  }

  setBalance(on: boolean): void {
    this.exporter.setBalance(on);
  }

  close(nowMs: number): void {
    this.expiry.finish(nowMs);
    this.meter.flush();
    this.exporter.flushAll(this.expiry.nowUs);
  }

  show(request: Uint8Array): Uint8Array | undefined {
    return showFlows(request, this.table4, this.table6, this.observations, this.exporter.settings.bootMs);
  }

  info(): EngineInfo {
    return engineInfo(this.counts, this.table4, this.table6, this.meter, this.expiry, this.exporter);
  }

  counters(): Readonly<Record<string, number>> {
    const { counts, sampler, fragments, expiry, table4, table6, meter, exporter } = this;
    const { maxFlows, routes } = this.options;
    return {
      ...counts.counters(),
      packetsNotSampled: sampler.passed,
      packetsFromTunnels: this.chosen.tunnels?.entered ?? 0,
      fragmentsWithPorts: fragments.found,
      fragmentsWithoutPorts: fragments.missed,
      implausibleTimestamps: expiry.implausibleTimestamps,
      clockSteps: expiry.clockSteps + this.clockSteps.count,
      flowsActive: table4.live + table6.live,
      flowsMax: maxFlows,
      routesKnown: routes?.routes ?? 0,
      routesRefused: routes?.routesRefused ?? 0,
      flowsCreated: meter.flowsCreated,
      flowsEvicted: expiry.evicted,
      ...exporter.counters(),
    };
  }

  /** Once per buffer, not per batch. */
  private createView(buffer: Uint8Array): void {
    this.viewOf = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
}
