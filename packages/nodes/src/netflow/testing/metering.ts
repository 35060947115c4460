import { fromHex, PacketBatch } from "@ngflow/base";
import { RecordingSink } from "@ngflow/wire/testing";
import type { ExportHook, NetflowOptions, Observation } from "../flow-engine.ts";
import { ModernEngine } from "../modern/engine.ts";
import { Collected } from "./read-records.ts";

export const BOOT_MS = 1_700_000_000_000;

/** A frame and what the kernel reports with it. */
export interface Captured {
  readonly bytes: Uint8Array;
  /** Milliseconds after `BOOT_MS`. */
  readonly atMs?: number;
  readonly wireLength?: number;
  readonly vlanTag?: number;
}

export type Fields = Readonly<Record<string, unknown>>;

/** A record of options: what it is about, and what it says. */
export interface OptionRecord {
  readonly template: number;
  readonly scope: Fields;
  readonly fields: Fields;
}

/** What the datagrams of one hook say. */
export interface Said {
  readonly flows: readonly Fields[];
  readonly options: readonly OptionRecord[];
  readonly datagrams: readonly Uint8Array[];
}

/** An engine of profile modern with collectors that keep what they get. */
export class Metering {
  readonly engine: ModernEngine;
  readonly #collected = new Map<ExportHook, Collected>();
  readonly #window: Uint8Array | undefined;
  #nowMs = BOOT_MS;

  /** @param inWindow packets are in the engine's memory, where the WebAssembly meter parses them */
  constructor(hooks: readonly ExportHook[], options: Partial<NetflowOptions> = {}, inWindow = false) {
    this.engine = new ModernEngine(
      { nowMs: () => BOOT_MS, monotonicMs: () => 0 },
      { maxFlows: 1000, observationDomainId: 7, bootMs: BOOT_MS, ...options },
    );
    this.#window = inWindow ? this.engine.packetWindow(1 << 18)?.buffer : undefined;
    for (const hook of hooks) {
      const outlet = new Collected();
      this.#collected.set(hook, outlet);
      this.engine.setExport(hook, outlet);
    }
  }

  meter(frames: readonly Captured[], where: Partial<Observation> = {}): void {
    const observation = { slot: 0, direction: 0, dataLinkType: 1, ifIndex: 3, conf: 1, hasOpposite: false } as const;
    this.engine.account(batchOfFrames(frames, this.#window), { ...observation, ...where });
    for (const { atMs = 0 } of frames) this.#nowMs = Math.max(this.#nowMs, BOOT_MS + atMs);
  }

  /** Ticks until so many milliseconds after boot. */
  passTo(atMs: number): void {
    for (; this.#nowMs < BOOT_MS + atMs; this.#nowMs += 10) this.engine.tick(this.#nowMs);
  }

  /** Ends all flows and reads what came out of a hook. */
  end(hook: ExportHook): Said {
    this.engine.close(this.#nowMs);
    return this.read(hook);
  }

  read(hook: ExportHook): Said {
    const { datagrams } = this.#collected.get(hook)!;
    const sink = new TemplatedSink();
    for (const datagram of datagrams) sink.decode(datagram);
    if (sink.errors.length + sink.unknown.length > 0) throw new Error(JSON.stringify([sink.errors, sink.unknown]));
    return { flows: sink.flowsSaid, options: sink.optionsSaid, datagrams };
  }
}

/** Keeps which template each record had. */
class TemplatedSink extends RecordingSink {
  readonly flowsSaid: Fields[] = [];
  readonly optionsSaid: OptionRecord[] = [];

  override flows(...args: Parameters<RecordingSink["flows"]>): void {
    const before = this.readings.length;
    super.flows(...args);
    this.#sort(args[0].id, before);
  }

  #sort(template: number, from: number): void {
    for (const { scope, fields } of this.readings.slice(from)) {
      if (Object.keys(scope).length === 0) this.flowsSaid.push(fields as Fields);
      else this.optionsSaid.push({ template, scope: scope as Fields, fields: fields as Fields });
    }
  }
}

/** @param window memory for their bytes, for example that of an engine */
export function batchOfFrames(frames: readonly Captured[], window?: Uint8Array): PacketBatch {
  const buffer = window ?? new Uint8Array(frames.reduce((sum, { bytes }) => sum + bytes.length, 0));
  const batch = new PacketBatch(frames.length, buffer);
  let at = 0;
  for (const { bytes, atMs = 0, wireLength = bytes.length, vlanTag = 0 } of frames) {
    buffer.set(bytes, at);
    batch.push(at, bytes.length, wireLength, (BOOT_MS + atMs) * 1000);
    batch.vlanTags[batch.count - 1] = vlanTag;
    at += bytes.length;
  }
  return batch;
}

/** `02:00:00:00:00:01` sends to `02:00:00:00:00:02`. */
const MACS = "020000000002020000000001";

/** An Ethernet frame: EtherType with tags or labels, then the packet, in hexadecimal. */
export function ether(types: string, packet: string): Uint8Array {
  return fromHex(MACS + types + packet);
}

const hex16 = (value: number): string => value.toString(16).padStart(4, "0");

/** An IPv4 packet; `fragment` is its flags and offset. */
export function ip4(
  protocol: number,
  payload: string,
  source = "c0a80101",
  destination = "c0a80102",
  fragment = 0,
): string {
  const total = 20 + payload.length / 2;
  return `4500${hex16(total)}0001${hex16(fragment)}40${hex16(protocol).slice(2)}0000${source}${destination}${payload}`;
}

/** An IPv6 packet of traffic class 0xab and flow label 0x12345, from 2001:db8::1 to 2001:db8::2. */
export function ip6(next: number, payload: string, reply = false): string {
  const [source, destination] = reply ? ["2", "1"] : ["1", "2"];
  const address = (last: string): string => `20010db8${"0".repeat(23)}${last}`;
  return `6ab12345${hex16(payload.length / 2)}${hex16(next).slice(2)}40${address(source!)}${address(destination!)}${payload}`;
}

/** A UDP header with 8 bytes of payload. */
export function udp(source: number, destination: number, payload = "00".repeat(8)): string {
  return `${hex16(source)}${hex16(destination)}${hex16(8 + payload.length / 2)}0000${payload}`;
}

/** A TCP header. */
export function tcp(source: number, destination: number, flags: number): string {
  return `${hex16(source)}${hex16(destination)}0000000100000000${hex16(0x5000 | flags)}ffff00000000`;
}
