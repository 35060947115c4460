import { LINK_ETHERNET, type PacketBatch } from "@ngflow/base";
import { NodesError } from "../../errors.ts";
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
import { adviseHugePages } from "@ngflow/os";
import { Arena } from "./cache/arena.ts";
import { BiflowMeter } from "./cache/biflow-meter.ts";
import { EndedFlows } from "./cache/ended-flows.ts";
import { BiflowRows } from "./fields/biflow-rows.ts";
import { Expiry } from "./expiry/expiry.ts";
import { ExtraColumn } from "./fields/extra-column.ts";
import { ExtraFields } from "./fields/extra-fields.ts";
import {
  GROUP_AS,
  GROUP_BIFLOW,
  GROUP_ROUTE,
  GROUP_TUNNEL,
  GROUP_VLAN,
  parseFieldGroups,
  parseKey,
} from "./fields/field-groups.ts";
import { FlowExporter } from "./export/flow-exporter.ts";
import { FlowMeter, type MeterParts } from "./cache/flow-meter.ts";
import type { StreamSettings } from "./export/export-stream.ts";
import { FlowTable, MAX_RECORDS } from "./cache/flow-table.ts";
import { KEY_ROW_WORDS, KeyRows } from "./cache/key-rows.ts";
import { FragmentTable } from "./cache/fragment-table.ts";
import { LeavingRecords } from "./expiry/leaving-records.ts";
import { ObservationTable } from "./cache/observation-table.ts";
import { PacketCounts } from "./packet-counts.ts";
import { PacketGroup } from "./cache/packet-group.ts";
import { PacketSampler } from "./cache/packet-sampler.ts";
import { PacketWindow } from "./wasm/packet-window.ts";
import { ReverseColumn } from "./fields/reverse-column.ts";
import { showFlows } from "./show.ts";
import { Timeouts } from "./expiry/timeouts.ts";
import { TunnelRows } from "./fields/tunnel-rows.ts";

/** Packets of a group. */
const GROUP = 128;
/** A smaller cache is not worth the 10 GB of address space that a WebAssembly memory takes. */
const WASM_FLOWS = 16_384;
/**
 * The records of a larger cache ask for huge pages, as large indexes always do. At that size misses in the processor's
 * page tables cost as much as those in its caches; below, a short run loses more by the clearing of huge pages than it
 * gains.
 */
const SMALL_PAGES_FLOWS = 2_097_152;
/** Columns of a group of packets, and what the WebAssembly meter needs in addition to the tables. */
const COLUMN_BYTES = 1 << 19;
/** Beyond this, uptimes have less than half of their 32 bits left. */
const UPTIME_MAX_MS = 2 ** 31;
/** Between ticks while no flow is cached and no record waits: an idle machine is woken for nothing else. */
const IDLE_TICK_MS = 1000;
/** Packets of a file that are being metered. */
const WINDOW_BYTES = 1 << 20;

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
  private readonly timeouts = new Timeouts();
  private readonly fragments = new FragmentTable();
  private readonly sampler = new PacketSampler();
  private readonly exporter: FlowExporter;
  private readonly expiry: Expiry;
  private readonly clockSteps = new ClockSteps();
  private readonly meter: FlowMeter;
  /** What meters work on: `meter`, and that of biflows. */
  private readonly parts: MeterParts;
  /** Groups of fields that come with the node's tables, those chosen, and those that are parts of the key. */
  private readonly givenGroups: number;
  private chosenGroups = 0;
  private keyParts = -1;
  /** Only there when the key has parts other than VLANs. */
  private keyRows: KeyRows | null = null;
  /** Only there when their fields are chosen. */
  private extra: ExtraFields | null = null;
  private tunnels: TunnelRows | null = null;
  private biflow: { readonly rows: BiflowRows; readonly meter: BiflowMeter } | null = null;
  private viewOf: Uint8Array | null = null;
  private view: DataView = new DataView(new ArrayBuffer(0));
  private windowTaken = false;

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
    const { timeouts } = this;
    this.group = new PacketGroup(GROUP, arena, { table4, table6, counts, leaving, ended, observations, bootMs });
    const { parsed, merged, hashes, wasm } = this.group;
    this.counts = counts;
    const exporter = new FlowExporter(this.exportSettings(bootMs), observations, wasm);
    const step = (toUs: number, leastUs: number): void => this.beforeStep(toUs, leastUs);
    const expiry = new Expiry(table4, table6, exporter, timeouts, leaving, bootMs * 1000, context.monotonicMs, step);
    const flows = { maxFlows, table4, table6, counts, leaving, ended };
    this.parts = { ...flows, parsed, merged, hashes, wasm, timeouts, expiry, exporter };
    this.meter = new FlowMeter(this.parts);
    this.arena = arena;
    this.table4 = table4;
    this.table6 = table6;
    this.observations = observations;
    this.exporter = exporter;
    this.expiry = expiry;
    this.givenGroups =
      (options.routes === undefined ? 0 : GROUP_ROUTE) | (options.asTable === undefined ? 0 : GROUP_AS);
    this.newKey = options.key ?? DEFAULT_KEY;
    this.createColumns(0, parseKey(this.newKey) ?? GROUP_VLAN);
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
    if (this.windowTaken || bytes > WINDOW_BYTES || wasm === null) return undefined;
    this.windowTaken = true;
    return wasm.createWindow(this.arena, bytes);
  }

  /** Whether WebAssembly handles plain packets. */
  get hasWasm(): boolean {
    return this.group.wasm !== null;
  }

  account(given: PacketBatch, where: Observation): number {
    const batch = this.sampler.sampling.mode === 0 ? given : this.sampler.select(given, this.counts.handled());
    if (this.viewOf !== batch.buffer) this.createView(batch.buffer);
    const { group } = this;
    const { parsed } = group;
    this.expiry.begin();
    for (let from = 0; from < batch.count; from += GROUP) {
      const count = Math.min(GROUP, batch.count - from);
      group.parse(batch, this.view, from, count, where.dataLinkType);
      if (this.tunnels !== null) {
        this.tunnels.parse(batch, this.view, from, count, where.dataLinkType, parsed);
      }
      group.merged.begin(batch, from, count, parsed);
      if (where.dataLinkType === LINK_ETHERNET) {
        group.completeVlans(batch, from, count, (this.keyParts & GROUP_VLAN) !== 0);
      }
      if (parsed.fragmentCount !== 0) this.fragments.resolve(parsed, batch, from);
      if (this.extra !== null) this.extra.begin(batch, this.view, from, where);
      if (this.biflow === null) {
        group.hash(batch, from, count, this.observations, where);
        if (this.keyRows !== null) this.beginKeyRows(this.keyRows, batch, from, count, where);
        group.touch(count);
        this.meter.update(batch, from, count);
      } else {
        const { rows, meter } = this.biflow;
        rows.turn(batch, from, count, parsed, this.observations, where);
        group.hash(batch, from, count, rows, where);
        if (this.keyRows !== null) this.beginKeyRows(this.keyRows, batch, from, count, where);
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
    this.createColumns(groups, this.keyParts);
    return true;
  }

  setKey(names: string): boolean {
    const parts = parseKey(names);
    if (parts === undefined) return false;
    this.createColumns(this.chosenGroups, parts);
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
    const { accountedPackets, accountedBytes, skippedPackets, skippedBytes } = this.counts;
    return {
      ipv4Bytes: accountedBytes[0]!,
      ipv4Packets: accountedPackets[0]!,
      ipv6Bytes: accountedBytes[1]!,
      ipv6Packets: accountedPackets[1]!,
      ipv4SkippedBytes: skippedBytes[0]!,
      ipv4SkippedPackets: skippedPackets[0]!,
      ipv6SkippedBytes: skippedBytes[1]!,
      ipv6SkippedPackets: skippedPackets[1]!,
      activeExpiries: this.meter.ended,
      inactiveExpiries: this.expiry.expired,
      ipv4RecordsUsed: this.table4.live,
      ipv6RecordsUsed: this.table6.live,
      failedAllocations: 0,
      v5FailedExports: this.exporter.refused(5),
      v9FailedExports: this.exporter.refused(9),
      fibsAllocated: accountedPackets[0]! + accountedPackets[1]! > 0 ? 1 : 0,
    };
  }

  counters(): Readonly<Record<string, number>> {
    const { expiry, fragments, meter } = this;
    return {
      ...this.counts.counters(),
      packetsNotSampled: this.sampler.passed,
      packetsFromTunnels: this.tunnels?.entered ?? 0,
      fragmentsWithPorts: fragments.found,
      fragmentsWithoutPorts: fragments.missed,
      implausibleTimestamps: expiry.implausibleTimestamps,
      clockSteps: expiry.clockSteps + this.clockSteps.count,
      flowsActive: this.table4.live + this.table6.live,
      flowsMax: this.options.maxFlows,
      routesKnown: this.options.routes?.routes ?? 0,
      routesRefused: this.options.routes?.routesRefused ?? 0,
      flowsCreated: meter.flowsCreated,
      flowsEvicted: expiry.evicted,
      ...this.exporter.counters(),
    };
  }

  /**
   * Chooses groups of fields, and parts of the key, which are fields too. Flows cached so far are exported: their
   * records have no place for others.
   */
  private createColumns(chosenGroups: number, keyParts: number): void {
    const { settings } = this.exporter;
    const groups = chosenGroups | this.givenGroups | (keyParts & ~GROUP_VLAN);
    this.chosenGroups = chosenGroups;
    if (settings.groups === groups && this.keyParts === keyParts) return;
    this.meter.flush();
    settings.groups = groups;
    settings.taggedApart = (keyParts & GROUP_VLAN) !== 0 && (groups & GROUP_VLAN) === 0;
    this.keyParts = keyParts;
    const { maxFlows, routes, asTable } = this.options;
    const biflow = (groups & GROUP_BIFLOW) !== 0;
    const columns = (groups & ~GROUP_BIFLOW) !== 0;
    const tables = [this.table4, this.table6] as const;
    this.tunnels = (groups & GROUP_TUNNEL) === 0 ? null : new TunnelRows(GROUP);
    const rows = biflow ? new BiflowRows(GROUP) : null;
    this.keyRows = this.createKeyRows(rows);
    for (const table of tables) {
      table.extra = columns ? new ExtraColumn(groups, table.keyWords === 4 ? 4 : 6, maxFlows) : null;
      table.reverse = biflow ? new ReverseColumn(maxFlows) : null;
      table.keys = this.keyRows === null ? null : new Int32Array(KEY_ROW_WORDS * (maxFlows + 1));
    }
    this.biflow = rows === null ? null : { rows, meter: new BiflowMeter(this.meter, this.parts, rows) };
    this.extra = columns ? new ExtraFields(groups, routes ?? null, asTable ?? null, this.tunnels, rows, tables) : null;
    this.meter.setExtra(this.extra);
    this.meter.setKeyRows(this.keyRows);
    this.exporter.resize(this.expiry.nowUs);
  }

  private createKeyRows(biflow: BiflowRows | null): KeyRows | null {
    const { keyParts } = this;
    if ((keyParts & ~GROUP_VLAN) === 0) return null;
    return new KeyRows(GROUP, keyParts, (keyParts & GROUP_TUNNEL) === 0 ? null : this.tunnels, biflow);
  }

  /** Once per buffer, not per batch. */
  private createView(buffer: Uint8Array): void {
    this.viewOf = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
}

/** Memory for tables of so many flows, and for columns. @throws NodesError when there is none, or for a bad number. */
function createArena(maxFlows: number): Arena {
  if (!Number.isInteger(maxFlows) || maxFlows < 1 || maxFlows > MAX_RECORDS) {
    throw new NodesError("netflow-max-flows", `max-flows is ${maxFlows}; give a whole number from 1 to ${MAX_RECORDS}`);
  }
  const bytes =
    FlowTable.arenaBytes(4, maxFlows) + FlowTable.arenaBytes(10, maxFlows) + COLUMN_BYTES + EndedFlows.arenaBytes();
  const linear = maxFlows < WASM_FLOWS ? undefined : Arena.linear(bytes + PacketWindow.arenaBytes(WINDOW_BYTES));
  if (linear !== undefined && maxFlows > SMALL_PAGES_FLOWS) adviseHugePages(new Uint8Array(linear.buffer));
  try {
    return linear ?? Arena.plain(bytes);
  } catch (cause) {
    throw new NodesError("netflow-memory", `no address space for a cache of ${maxFlows} flows; set max-flows lower`, {
      cause,
    });
  }
}
