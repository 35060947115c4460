import { E, type PacketBatch } from "@ngflow/base";
import { NgError } from "@ngflow/graph";
import {
  isHardware,
  PACKET_MR_MULTICAST,
  PACKET_MR_PROMISC,
  PacketSocket,
  readInterface,
  setMacAddress,
} from "@ngflow/os";
import type { EtherInterface, EtherInterfaceStats, EtherSink } from "./ether-interface.ts";
import { InlineHeartbeat } from "./inline-heartbeat.ts";
import { InlinePath } from "./inline-path.ts";
import { translated } from "../translated.ts";

/** Nothing waits when it ends: what its TAPs hold goes on. */
type InlineStats = Required<Omit<EtherInterfaceStats, "packetsLeft" | "packetsOnInterface">>;

const NO_STATS = {
  packetsSeen: 0,
  packetsDropped: 0,
  freezes: 0,
  packetsRefused: 0,
  packetsBypassed: 0,
  bypasses: 0,
  bypassedMs: 0,
} as const;

/** What an inline interface reports to its owner. */
export interface InlineInterfaceEvents {
  /** Frames bypassed the node for `ms` milliseconds, because its thread did not run; they pass through it again. */
  bypassed?(ms: number, packets: number): void;
}

interface Paths {
  readonly heartbeat: InlineHeartbeat;
  readonly fromWire: InlinePath;
  readonly fromHost: InlinePath;
}

/**
 * A Linux interface in inline mode: its node is between the wire and the host's stack. While nothing is connected
 * frames take their usual way; from `start` to `stop` each of them goes through this process or nowhere. When the
 * process ends, or its thread does not run for a second, frames take their usual way, too.
 */
export class InlineInterface implements EtherInterface {
  name: string;
  readonly index: number;
  mac: Uint8Array;
  #up: boolean;
  #paths: Paths | undefined;
  #memberships: PacketSocket | undefined;
  #past: InlineStats = NO_STATS;

  readonly #countSegments: boolean | undefined;
  readonly #events: InlineInterfaceEvents;

  /**
   * @param countSegments as in `PacketRingOptions`; by default where hardware sends the frames
   * @throws NgError ENXIO when there is no such interface.
   */
  constructor(name: string, countSegments?: boolean, events: InlineInterfaceEvents = {}) {
    this.#countSegments = countSegments;
    this.#events = events;
    const info = readInterface(name);
    if (info === undefined) throw new NgError("ENXIO");
    this.name = name;
    this.index = info.index;
    this.mac = info.mac;
    this.#up = info.up;
  }

  /** Takes over what the kernel says now: the name after a rename, the address, whether it is up. */
  refresh(name: string): void {
    const info = readInterface(name);
    this.#up = info?.index === this.index && info.up;
    if (info?.index !== this.index) return;
    this.name = name;
    this.mac = info.mac;
  }

  isUp(): boolean {
    return this.#up;
  }

  start(sink: EtherSink): void {
    this.#paths ??= translated(() => this.#open(sink));
  }

  #open(sink: EtherSink): Paths {
    const opened: { close(): void }[] = [];
    const countSegments = this.#countSegments ?? isHardware(this.name);
    try {
      const fromWire = new InlinePath(this.index, this.name, "in", countSegments, (batch) => sink.received(batch));
      opened.push(fromWire);
      const fromHost = new InlinePath(this.index, this.name, "out", countSegments, (batch) => sink.sent(batch));
      opened.push(fromHost);
      const heartbeat = new InlineHeartbeat(`cannot go inline on ${this.name}`, (ms, packets) =>
        this.#events.bypassed?.(ms, packets),
      );
      opened.push(heartbeat);
      fromWire.divert(heartbeat);
      fromHost.divert(heartbeat);
      return { heartbeat, fromWire, fromHost };
    } catch (error) {
      for (const path of opened) path.close();
      throw error;
    }
  }

  drain(): void {
    this.#paths?.fromHost.drain();
    this.#paths?.fromWire.drain();
  }

  stop(): void {
    const paths = this.#paths;
    if (paths === undefined) return;
    // Both ways are straight before either is taken apart, which takes its time.
    paths.fromHost.straighten();
    paths.fromWire.straighten();
    paths.fromHost.close();
    paths.fromWire.close();
    this.#past = this.stats();
    paths.heartbeat.close();
    this.#paths = undefined;
    this.#memberships?.close();
    this.#memberships = undefined;
  }

  transmit(batch: PacketBatch): number {
    return this.#paths === undefined || this.#paths.fromHost.pass(batch) > 0 ? E.EIO : 0;
  }

  transmitFrom(source: Uint8Array, batch: PacketBatch): number {
    return this.#paths === undefined || this.#paths.fromHost.pass(batch, source) > 0 ? E.EIO : 0;
  }

  inject(batch: PacketBatch): number {
    return this.#paths === undefined || this.#paths.fromWire.pass(batch) > 0 ? E.EIO : 0;
  }

  setPromiscuous(on: boolean): void {
    this.#setMembership(on, PACKET_MR_PROMISC, new Uint8Array(0));
  }

  setMulticast(group: Uint8Array, on: boolean): void {
    this.#setMembership(on, PACKET_MR_MULTICAST, group);
  }

  /** What a socket asks of the interface ends with the socket. */
  #setMembership(on: boolean, kind: number, address: Uint8Array): void {
    if (this.#paths === undefined) return;
    translated(() => {
      this.#memberships ??= new PacketSocket(this.index, this.name);
      this.#memberships.setMembership(on, kind, address);
    });
  }

  setMac(mac: Uint8Array): void {
    translated(() => setMacAddress(this.name, mac));
    this.mac = mac;
  }

  stats(): InlineStats {
    const past = this.#past;
    const paths = this.#paths;
    if (paths === undefined) return past;
    const [a, b] = [paths.fromWire.stats(), paths.fromHost.stats()];
    const { packets, times, ms } = paths.heartbeat.bypassed();
    return {
      packetsSeen: past.packetsSeen + a.seen + b.seen,
      packetsDropped: past.packetsDropped + a.dropped + b.dropped,
      freezes: 0,
      packetsRefused: past.packetsRefused + a.refused + b.refused,
      packetsBypassed: past.packetsBypassed + packets,
      bypasses: past.bypasses + times,
      bypassedMs: past.bypassedMs + ms,
    };
  }
}
