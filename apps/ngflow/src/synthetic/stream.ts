/** Memory that datagrams are written to. */
export class DatagramMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }
}

/** What an exporter sent. Counters of flows are as in the records: of sampled packets where packets are sampled. */
export interface SentSums {
  datagrams: number;
  /** Bytes of the datagrams. */
  datagramBytes: number;
  /** Flow records; of sFlow flow samples. */
  records: number;
  packets: number;
  bytes: number;
  /** Bytes of the other direction in records that have both. */
  replyBytes: number;
}

export function newSums(): SentSums {
  return { datagrams: 0, datagramBytes: 0, records: 0, packets: 0, bytes: 0, replyBytes: 0 };
}

/** Adds sums to others. */
export function addSums(to: SentSums, sums: SentSums): void {
  for (const name of Object.keys(to) as (keyof SentSums)[]) to[name] += sums[name];
}

/** One sequence of datagrams: of an exporter, or of one of its domains. */
export interface Stream {
  readonly sums: SentSums;
  /**
   * Writes the next datagram at `at` with at most `most` flow records, at least 1; returns its length. A datagram that
   * announces templates has none.
   * @param nowMs when it is sent, whole Unix milliseconds
   */
  write(memory: DatagramMemory, at: number, most: number, nowMs: number): number;
}

/** What streams of any format are given. */
export interface StreamSettings {
  /** Most bytes of a datagram. */
  readonly mtu: number;
  /** Most flow records of a datagram. */
  readonly recordsMost: number;
  /** When the exporter started, whole Unix milliseconds. */
  readonly bootMs: number;
  /** One of so many packets is sampled; 1 for all. */
  readonly sampling: number;
  /** Share of IPv6 among the records, 0 to 1. */
  readonly ipv6: number;
}
