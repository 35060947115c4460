import type { MessageDecoder, MessageHeader } from "./message.ts";

/** A counter's name, and what it counts in one sentence. */
export type ProtocolCounter = readonly [name: string, help: string];

/** An export protocol: a row of PROTOCOLS. */
export interface Protocol {
  /**
   * What the column `Version` of a flow row holds, 1 to 255, never given to another protocol. NetFlow and IPFIX have the
   * version number of their headers (1, 5, 7, 9, 10). Protocols that number their versions on their own begin at 100:
   * sFlow v5 is 105.
   */
  readonly number: number;
  /** The version the protocol gives itself, as `decode` prints it. */
  readonly version: number;
  /** The word in options and in lines of `decode`. */
  readonly name: string;
  /** The name in texts. */
  readonly label: string;
  /** UDP port that exporters send to by default. */
  readonly port: number;
  /**
   * Whether `bytes[start, end)` is a datagram of this protocol, by its first bytes; false when they are too few. No two
   * rows recognise the same bytes.
   */
  readonly matches: (bytes: Uint8Array, start: number, end: number) => boolean;
  readonly decode: MessageDecoder;
  /**
   * The end of the datagram at `start` in a file where datagrams follow one another without a frame; it may be past the
   * end of the file. `begins` tells whether a datagram of a known protocol begins at an offset. Absent where only the end
   * of the file ends a datagram.
   */
  readonly end?: (bytes: Uint8Array, start: number, begins: (at: number) => boolean) => number;
  /** Whether the header has an export time; otherwise the time of arrival takes its place. */
  readonly exportTime: boolean;
  /** What `domain` of the header is; null where there are no domains. */
  readonly domain: string | null;
  /** What sequence numbers count, per domain where there are domains; null where there are none. */
  readonly sequence: "records" | "flows" | "datagrams" | null;
  /** Facts of the header that hold for every record of the message, by the names `decode` prints them under. */
  readonly facts?: (header: MessageHeader) => Readonly<Record<string, number>>;
  /** Counters that the protocol adds to the collector's: its datagrams first, then those its decoder counts. */
  readonly counters: readonly [datagrams: ProtocolCounter, ...more: ProtocolCounter[]];
}
