import { AT, newValues } from "../synthetic/values.ts";

/** One flow record of the story, as an exporter sends it. */
export interface StoryFlow {
  /** When it ended, Unix milliseconds. It is sent then. */
  readonly endMs: number;
  /** As `AT` places them. */
  readonly values: Float64Array;
}

/** What a record of the story says. */
export interface StoryRecord {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** IANA number. */
  readonly protocol: number;
  readonly packets: number;
  /** Bytes of the IP packets. */
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly tcpFlags?: number;
  readonly tos?: number;
  /** Whether it enters the office by its uplink. */
  readonly inbound: boolean;
}

/** Interface numbers of the office's gateway: its uplink, and the first of four on the inside. */
export const UPLINK = 10;
const INSIDE = 1;

/** An IPv4 address as an unsigned number. */
export function addressNumber(text: string): number {
  return text.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

export function storyFlow(record: StoryRecord): StoryFlow {
  const values = newValues();
  values[AT.source4] = addressNumber(record.from);
  values[AT.destination4] = addressNumber(record.to);
  values[AT.sourcePort] = record.fromPort;
  values[AT.destinationPort] = record.toPort;
  values[AT.protocol] = record.protocol;
  values[AT.ipVersion] = 4;
  values[AT.packets] = record.packets;
  values[AT.bytes] = record.bytes;
  values[AT.tcpFlags] = record.tcpFlags ?? 0;
  values[AT.tos] = record.tos ?? 0;
  values[AT.input] = record.inbound ? UPLINK : INSIDE;
  values[AT.output] = record.inbound ? INSIDE : UPLINK;
  values[AT.direction] = record.inbound ? 0 : 1;
  values[AT.startMs] = record.startMs;
  values[AT.endMs] = record.endMs;
  return { endMs: record.endMs, values };
}
