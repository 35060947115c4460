import type { FlowTotal } from "./capture.ts";

/** What another collector understood: the totals per flow, and everything it had to say about how it went. */
export interface Collected {
  readonly flows: Map<string, FlowTotal>;
  /** What records of two directions say of the reverse one, under the key of that direction. */
  readonly reverse: Map<string, FlowTotal>;
  readonly records: number;
  readonly log: string;
}

/** Adds a record up; a flow that was exported in several records is one flow again. */
export function account(flows: Map<string, FlowTotal>, key: string, bytes: number, packets: number): void {
  const total = flows.get(key) ?? { bytes: 0, packets: 0 };
  total.bytes += bytes;
  total.packets += packets;
  flows.set(key, total);
}

/** The key of the other direction. */
export function reverseKey(key: string): string {
  const [src, dst, srcPort, dstPort, proto] = key.split(" ");
  return [dst, src, dstPort, srcPort, proto].join(" ");
}

/** Each direction as a separate flow. */
export function bothDirections({ flows, reverse }: Collected): Map<string, FlowTotal> {
  const both = new Map([...flows].map(([key, total]) => [key, { ...total }]));
  for (const [key, { bytes, packets }] of reverse) account(both, key, bytes, packets);
  return both;
}
