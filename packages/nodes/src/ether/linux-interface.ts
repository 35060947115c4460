import { NgError } from "@ngflow/graph";
import {
  framesOnInterface,
  isHardware,
  linkTypeOf,
  PacketRing,
  type PacketRingOptions,
  readInterface,
  setMacAddress,
} from "@ngflow/os";
import type { PacketBatch } from "@ngflow/base";
import type { EtherInterface, EtherInterfaceStats, EtherSink } from "./ether-interface.ts";
import { translated } from "../translated.ts";

/** What a Linux interface reports to its owner. */
export interface LinuxInterfaceEvents {
  /** The interface no longer exists. */
  gone?(): void;
  /** Capture failed while the interface is still there; it is tried again at the next `refresh`. */
  failed?(reason: string): void;
}

/**
 * A Linux interface in observe mode: a packet ring shows copies of its frames in both directions, and the host's own
 * traffic is never touched. The ring exists while frames are wanted.
 */
export class LinuxInterface implements EtherInterface {
  name: string;
  readonly index: number;
  mac: Uint8Array;
  /** What its packets begin with: LINK_ETHERNET or LINK_RAW. */
  readonly linkType: number;
  readonly #options: PacketRingOptions;
  readonly #events: LinuxInterfaceEvents;
  #ring: PacketRing | undefined;
  #sink: EtherSink | undefined;
  /** What was asked of the present ring, for the one that replaces it when it fails. */
  #promiscuous = false;
  readonly #groups = new Map<string, Uint8Array>();
  #up: boolean;
  /** Frames that the interface had counted when the present ring was opened; undefined where that is not known. */
  #framesBefore: number | undefined;
  /** Totals of rings closed since. */
  #past: EtherInterfaceStats = { packetsSeen: 0, packetsDropped: 0, freezes: 0, packetsOnInterface: 0 };

  /** @throws NgError ENXIO when there is no such interface. */
  constructor(name: string, options: PacketRingOptions = {}, events: LinuxInterfaceEvents = {}) {
    const info = readInterface(name);
    if (info === undefined) throw new NgError("ENXIO");
    this.name = name;
    this.index = info.index;
    this.mac = info.mac;
    this.linkType = linkTypeOf(info);
    this.#up = info.up;
    this.#options = options;
    this.#events = events;
  }

  /** Takes over what the kernel says now: the name after a rename, the address, whether it is up. */
  refresh(name: string): void {
    const info = readInterface(name);
    if (info === undefined || info.index !== this.index) {
      this.#up = false;
      return;
    }
    this.name = name;
    this.mac = info.mac;
    this.#up = info.up;
    this.#reopen();
  }

  /** Number of the fanout group of the open ring. */
  get fanoutGroup(): number | undefined {
    return this.#ring?.fanoutGroup;
  }

  isUp(): boolean {
    return this.#up;
  }

  start(sink: EtherSink): void {
    if (this.#ring !== undefined) return;
    const options = { countSegments: isHardware(this.name), ...this.#options, linkType: this.linkType };
    this.#framesBefore = framesOnInterface(this.name);
    this.#ring = translated(() => new PacketRing(this.index, this.name, options));
    this.#sink = sink;
    this.#ring.start({
      deliver(received: PacketBatch, sent: PacketBatch) {
        if (received.count > 0) sink.received(received);
        if (sent.count > 0) sink.sent(sent);
      },
      gone: (reason) => this.#lost(reason),
    });
  }

  drain(): void {
    this.#ring?.drain();
  }

  /** Frames captured until now are still delivered. */
  stop(): void {
    this.drain();
    this.#sink = undefined;
    this.#promiscuous = false;
    this.#groups.clear();
    this.#closeRing();
  }

  #closeRing(): void {
    const ring = this.#ring;
    if (ring === undefined) return;
    this.#ring = undefined;
    const packetsOnInterface = this.#framesSinceOpened();
    ring.close();
    this.#past = sum(this.#past, { ...ring.stats(), packetsOnInterface });
  }

  #lost(reason: string): void {
    this.drain();
    this.#closeRing();
    if (readInterface(this.name)?.index === this.index) this.#events.failed?.(reason);
    else this.#events.gone?.();
  }

  /** Opens a ring again after the last one failed. */
  #reopen(): void {
    if (this.#sink === undefined || this.#ring !== undefined) return;
    try {
      this.start(this.#sink);
      if (this.#promiscuous) this.setPromiscuous(true);
      for (const group of this.#groups.values()) this.setMulticast(group, true);
    } catch (error) {
      this.#events.failed?.(String(error));
    }
  }

  setPromiscuous(on: boolean): void {
    translated(() => this.#ring?.setPromiscuous(on));
    this.#promiscuous = on;
  }

  setMulticast(group: Uint8Array, on: boolean): void {
    translated(() => this.#ring?.setMulticast(group, on));
    if (on) this.#groups.set(group.join(":"), group);
    else this.#groups.delete(group.join(":"));
  }

  setMac(mac: Uint8Array): void {
    translated(() => setMacAddress(this.name, mac));
    this.mac = mac;
  }

  stats(): EtherInterfaceStats {
    if (this.#ring === undefined) return this.#past;
    // The interface counts a frame before the ring sees it, so it is asked first.
    const packetsOnInterface = this.#framesSinceOpened();
    return sum(this.#past, { ...this.#ring.stats(), packetsOnInterface });
  }

  /** Undefined where it is not known, or the interface has begun to count again. */
  #framesSinceOpened(): number | undefined {
    const now = this.#framesBefore === undefined ? undefined : framesOnInterface(this.name);
    return now === undefined || now < this.#framesBefore! ? undefined : now - this.#framesBefore!;
  }
}

/** What one of them does not know, the sum does not know. */
function sum(a: EtherInterfaceStats, b: EtherInterfaceStats): EtherInterfaceStats {
  const frames = [a.packetsOnInterface, b.packetsOnInterface];
  return {
    packetsSeen: a.packetsSeen + b.packetsSeen,
    packetsDropped: a.packetsDropped + b.packetsDropped,
    freezes: a.freezes + b.freezes,
    packetsLeft: (a.packetsLeft ?? 0) + (b.packetsLeft ?? 0),
    packetsOnInterface: frames.includes(undefined) ? undefined : frames[0]! + frames[1]!,
  };
}
