import type { PacketBatch } from "@ngflow/base";
import type { Destination } from "./destination.ts";
import { OutputFile } from "./output-file.ts";

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const HEADERS = 14 + 20 + 8;
const SOURCE_PORT = 50_000;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

/** A pcap file that datagrams are written to. */
export interface PcapDestination extends Destination {
  /** IPv4 address that the next datagrams come from, 4 bytes. */
  source: Uint8Array;
}

/**
 * Writes datagrams to a pcap file as Ethernet frames from 127.0.0.1, or `source`, to the collector port of the protocol
 * on 127.0.0.1, at the time of the trace; `-` is standard output.
 * @throws NgflowError with exit 73 when the file cannot be written, here and later
 */
export function openPcap(path: string, port: number): PcapDestination {
  return new PcapFile(path, port);
}

class PcapFile implements PcapDestination {
  readonly sendErrors = 0;
  readonly refused = 0;
  source = LOOPBACK;
  readonly #port: number;
  readonly #file: OutputFile;

  constructor(path: string, port: number) {
    this.#port = port;
    this.#file = new OutputFile(path);
    const { buffer, at } = this.#file.reserve(FILE_HEADER);
    buffer.fill(0, at, at + FILE_HEADER);
    buffer.writeUInt32LE(0xa1b2c3d4, at);
    buffer.writeUInt16LE(2, at + 4);
    buffer.writeUInt16LE(4, at + 6);
    buffer.writeUInt32LE(0x40000, at + 16);
    buffer.writeUInt32LE(1, at + 20);
  }

  send(batch: PacketBatch): number {
    for (let i = 0; i < batch.count; i++) {
      const length = batch.lengths[i]!;
      const { buffer, at } = this.#file.reserve(RECORD_HEADER + HEADERS + length);
      this.#writeHeaders(buffer, at, length, batch.timesUs[i]!);
      const from = batch.offsets[i]!;
      buffer.set(batch.buffer.subarray(from, from + length), at + RECORD_HEADER + HEADERS);
    }
    return 0;
  }

  ready(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  discard(): void {
    this.#file.discard();
  }

  #writeHeaders(buffer: Buffer, at: number, length: number, timeUs: number): void {
    buffer.fill(0, at, at + RECORD_HEADER + HEADERS);
    buffer.writeUInt32LE(Math.floor(timeUs / 1e6), at);
    buffer.writeUInt32LE(timeUs % 1e6, at + 4);
    buffer.writeUInt32LE(HEADERS + length, at + 8);
    buffer.writeUInt32LE(HEADERS + length, at + 12);
    const ip = at + RECORD_HEADER + 14;
    buffer.writeUInt16BE(0x0800, ip - 2);
    buffer.writeUInt16BE(0x4500, ip);
    buffer.writeUInt16BE(28 + length, ip + 2);
    buffer.writeUInt16BE(0x4011, ip + 8);
    buffer.set(this.source, ip + 12);
    buffer.set(LOOPBACK, ip + 16);
    let sum = 0;
    for (let o = 0; o < 20; o += 2) sum += buffer.readUInt16BE(ip + o);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    buffer.writeUInt16BE(~sum & 0xffff, ip + 10);
    buffer.writeUInt16BE(SOURCE_PORT, ip + 20);
    buffer.writeUInt16BE(this.#port, ip + 22);
    buffer.writeUInt16BE(8 + length, ip + 24);
  }
}
