import type { PacketBatch } from "@ngflow/base";
import type { AsTable } from "./as-table.ts";
import type { PacketWindow } from "./modern/wasm/packet-window.ts";
import type { RouteTable } from "@ngflow/os";

/** The hooks that datagrams leave by: NetFlow v5, NetFlow v9, IPFIX. */
export const EXPORT_HOOKS = ["export", "export9", "export10"] as const;
/** One of them, or `export_1`, `export9_2`, …: the same protocol for another collector. */
export type ExportHook = (typeof EXPORT_HOOKS)[number] | `${(typeof EXPORT_HOOKS)[number]}_${number}`;

/** Most collectors of one protocol: `export9`, `export9_1` to `export9_15`. */
export const COLLECTORS_MAX = 16;

/** An interface that flows name by its index. */
export interface NamedInterface {
  readonly index: number;
  readonly name: string;
}

/** Where an engine's datagrams go: a hook of the node, or whatever else takes batches. Returns 0 or an errno. */
export interface ExportOutlet {
  send(batch: PacketBatch): number;
}

/** Facts of one slot and direction, the same for every packet of a batch. */
export interface Observation {
  /** Slot number N of `iface<N>`, `out<N>`. */
  readonly slot: number;
  /** 0 ingress (arrived on `iface<N>`), 1 egress (arrived on `out<N>`). */
  readonly direction: 0 | 1;
  /** 1 Ethernet, 12 raw IP. */
  readonly dataLinkType: number;
  /** What `setifindex` gave the slot, 0 if nothing. */
  readonly ifIndex: number;
  /** The slot's conf bits; the engine looks at nosrclookup and nodstlookup. */
  readonly conf: number;
  /** The opposite hook is connected. */
  readonly hasOpposite: boolean;
}

/** The values of the `info` reply in its order, without the two timeouts (reference: ng_netflow.md §3). */
export interface EngineInfo {
  readonly ipv4Bytes: number;
  readonly ipv4Packets: number;
  readonly ipv6Bytes: number;
  readonly ipv6Packets: number;
  readonly ipv4SkippedBytes: number;
  readonly ipv4SkippedPackets: number;
  readonly ipv6SkippedBytes: number;
  readonly ipv6SkippedPackets: number;
  readonly activeExpiries: number;
  readonly inactiveExpiries: number;
  readonly ipv4RecordsUsed: number;
  readonly ipv6RecordsUsed: number;
  readonly failedAllocations: number;
  readonly v5FailedExports: number;
  readonly v9FailedExports: number;
  readonly fibsAllocated: number;
}

/**
 * The metering and exporting engine behind a netflow node. Hooks, messages, conf bits and tags are the node's; packets
 * that are to be accounted, time and the export hooks are the engine's. One implementation per profile.
 */
export interface FlowEngine {
  /** How often the node calls `tick` while an export hook is connected, in milliseconds. */
  readonly tickIntervalMs: number;
  /** True when `account` alone keeps expiry and flushing going, so that a trace needs no ticks between its packets. */
  readonly packetsMoveTime?: boolean;
  /** Names of `EXPORT_HOOKS` that the profile has. */
  readonly exportHooks: readonly ExportHook[];
  /** True when each of them may have further ones with a number. */
  readonly moreExports?: boolean;
  /** Memory that packets are best read into, given once; undefined when there is none of that size. */
  packetWindow?(bytes: number): PacketWindow | undefined;
  /** Accounts every packet of the batch; its first `count` packets all belong to `where`. Returns 0 or an errno. */
  account(batch: PacketBatch, where: Observation): number;
  /**
   * The clock's time has come this far: expiry and flushing that wait for no packet. May return the milliseconds until
   * the next call, if the usual interval is not needed.
   */
  tick(nowMs: number): number | void;
  /**
   * As of the last tick: Unix milliseconds before which further ticks have no effect if no packet comes; infinity when
   * none has. Absent: every tick may have one.
   */
  readonly idleUntilMs?: number;
  /**
   * Packets of the same trace that another engine meters have led time here: expiry and flushing, as their own packets
   * do. @param leastMs the first of several that agreed on a time far away, else `nowMs`
   */
  lead?(nowMs: number, leastMs: number): void;
  /** Unix milliseconds to which packets have led time: a trace ends then. Absent: at its latest packet. */
  readonly timeMs?: number;
  /** An export hook was connected, or (null) disconnected. */
  setExport(name: ExportHook, outlet: ExportOutlet | null): void;
  /** Seconds, any 32-bit values. */
  setTimeouts(inactiveSeconds: number, activeSeconds: number): void;
  /** Resend templates after so many seconds or so many datagrams. */
  setTemplate(seconds: number, datagrams: number): void;
  /** Largest datagram with its IPv6 and UDP headers, in bytes. */
  setMtu(bytes: number): void;
  /** Exports every cached flow and every partial datagram; the hooks are still connected. */
  close(nowMs: number): void;
  info(): EngineInfo;
  /** The binary reply of `show`; undefined when the request is malformed. Absent: refused with EINVAL. */
  show?(request: Uint8Array): Uint8Array | undefined;
  /** Timeouts of one IP protocol, in seconds. Absent, here and below: the profile refuses the message with EINVAL. */
  setProtocolTimeouts?(protocol: number, inactiveSeconds: number, activeSeconds: number): void;
  /** Gives the protocol the timeouts of all others again. */
  clearProtocolTimeouts?(protocol: number): void;
  /** Chooses optional fields by the names of their groups. False when a name is unknown. */
  setFields?(names: string): boolean;
  /** Chooses parts of the flow key by their names. False when a name is unknown. */
  setKey?(names: string): boolean;
  /** The parts that a new node's key has. */
  readonly newKey?: string;
  /** Mode 0 all packets, 1 every `interval`th, 2 one at random of each `interval`. False when that is out of range. */
  setSampling?(mode: number, interval: number, seed: number): boolean;
  /** Whether each flow goes to one collector of a protocol instead of to all. */
  setBalance?(on: boolean): void;
  /** Counters and gauges under the names of the node's page. */
  counters(): Readonly<Record<string, number>>;
}

/** What an engine may use of the world around it. */
export interface EngineContext {
  /** Unix milliseconds. */
  nowMs(): number;
  /** Milliseconds of a monotonic clock. */
  monotonicMs(): number;
}

/** Settings of a node that messages cannot change. */
export interface NetflowOptions {
  /** Most flows that are cached, both families together. */
  readonly maxFlows: number;
  /** Observation domain of IPFIX and source id of v9. */
  readonly observationDomainId: number;
  /** Names of parts of the flow key, of `KEY_PARTS`; absent: `DEFAULT_KEY`. */
  readonly key?: string;
  /** Where masks, next hops and output interfaces come from; absent: those fields are 0. */
  readonly routes?: RouteTable;
  /** Autonomous systems of addresses; absent: records have no such fields, in v5 they are 0. */
  readonly asTable?: AsTable;
  /** Interfaces whose names are exported to collectors; absent: no names. */
  readonly interfaces?: () => readonly NamedInterface[];
  /** Unix milliseconds that count as boot for uptimes; absent: when the node is made. */
  readonly bootMs?: number;
  /** Milliseconds since the machine was booted, for profile `freebsd` without `bootMs`. */
  readonly uptimeMs?: () => number;
}

export type CreateFlowEngine = (context: EngineContext, options: NetflowOptions) => FlowEngine;
