import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { PacketBatch } from "@ngflow/base";
import type { Destination } from "./destination.ts";
import { ExportError } from "./errors.ts";

const BUFFER_BYTES = 1 << 20;
const RECORD_HEADER = 16;
const HEADERS = 14 + 20 + 8;
const SOURCE_PORT = 50_000;

/**
 * Writes datagrams to a pcap file as Ethernet frames from 127.0.0.1 to the collector port of the protocol, at the time
 * of the trace; `-` is standard output. The file is written as `FILE.part` and renamed at the end, so that a command
 * that fails leaves the file that was there before.
 * @throws NgflowError with exit 73 when the file cannot be written, here and later
 */
export function openPcap(path: string, port: number): Destination {
  return new PcapDestination(path, port);
}

class PcapDestination implements Destination {
  readonly sendErrors = 0;
  readonly refused = 0;
  readonly #name: string;
  readonly #port: number;
  readonly #fd: number;
  readonly #path: string;
  /** Whether it is written in place: standard output, devices and pipes. */
  readonly #inPlace: boolean;
  readonly #writtenTo: string;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  #used = 24;

  constructor(path: string, port: number) {
    this.#name = path === "-" ? "standard output" : path;
    this.#port = port;
    const there = statSync(path, { throwIfNoEntry: false });
    this.#path = there === undefined ? path : realpathSync(path);
    this.#inPlace = path === "-" || (there !== undefined && !there.isFile());
    this.#writtenTo = this.#inPlace ? this.#path : `${this.#path}.part`;
    this.#fd = path === "-" ? 1 : this.#attempt(() => openSync(this.#writtenTo, "w"));
    const buffer = this.#buffer;
    buffer.writeUInt32LE(0xa1b2c3d4, 0);
    buffer.writeUInt16LE(2, 4);
    buffer.writeUInt16LE(4, 6);
    buffer.writeUInt32LE(0x40000, 16);
    buffer.writeUInt32LE(1, 20);
  }

  send(batch: PacketBatch): number {
    for (let i = 0; i < batch.count; i++) {
      const length = batch.lengths[i]!;
      if (this.#used + RECORD_HEADER + HEADERS + length > BUFFER_BYTES) this.#flush();
      this.#writeHeaders(length, batch.timesUs[i]!);
      const from = batch.offsets[i]!;
      this.#buffer.set(batch.buffer.subarray(from, from + length), this.#used + RECORD_HEADER + HEADERS);
      this.#used += RECORD_HEADER + HEADERS + length;
    }
    return 0;
  }

  ready(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.#flush();
    if (this.#fd === 1) return;
    this.#attempt(() => closeSync(this.#fd));
    if (!this.#inPlace) this.#attempt(() => renameSync(this.#writtenTo, this.#path));
  }

  discard(): void {
    if (this.#fd === 1) return;
    closeSync(this.#fd);
    if (!this.#inPlace) rmSync(this.#writtenTo, { force: true });
  }

  #writeHeaders(length: number, timeUs: number): void {
    const buffer = this.#buffer;
    const used = this.#used;
    buffer.fill(0, used, used + RECORD_HEADER + HEADERS);
    buffer.writeUInt32LE(Math.floor(timeUs / 1e6), used);
    buffer.writeUInt32LE(timeUs % 1e6, used + 4);
    buffer.writeUInt32LE(HEADERS + length, used + 8);
    buffer.writeUInt32LE(HEADERS + length, used + 12);
    const ip = used + RECORD_HEADER + 14;
    buffer.writeUInt16BE(0x0800, ip - 2);
    buffer.writeUInt16BE(0x4500, ip);
    buffer.writeUInt16BE(28 + length, ip + 2);
    buffer.writeUInt16BE(0x4011, ip + 8);
    buffer.writeUInt32BE(0x7f000001, ip + 12);
    buffer.writeUInt32BE(0x7f000001, ip + 16);
    let sum = 0;
    for (let o = 0; o < 20; o += 2) sum += buffer.readUInt16BE(ip + o);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    buffer.writeUInt16BE(~sum & 0xffff, ip + 10);
    buffer.writeUInt16BE(SOURCE_PORT, ip + 20);
    buffer.writeUInt16BE(this.#port, ip + 22);
    buffer.writeUInt16BE(8 + length, ip + 24);
  }

  #flush(): void {
    for (let at = 0; at < this.#used;) {
      at += this.#attempt(() => writeSync(this.#fd, this.#buffer, at, this.#used - at));
    }
    this.#used = 0;
  }

  #attempt<T>(call: () => T): T {
    for (;;) {
      try {
        return call();
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "EAGAIN") {
          // A non-blocking pipe is full: its reader needs time.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
          continue;
        }
        throw new ExportError(
          "export-output",
          `--to ${this.#name}: cannot write: ${(cause as Error).message}; check the path and the space on the disk`,
          { cause },
        );
      }
    }
  }
}
