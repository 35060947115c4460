import { closeSync, openSync, readSync } from "node:fs";
import { LINK_ETHERNET } from "@ngflow/base";
import {
  CaptureReader,
  datagramEnd,
  LISTEN_PORTS,
  type PacketColumns,
  protocolOf,
  Reassembly,
  udpPayload,
} from "@ngflow/wire";
import { systemReason } from "../output/system-reason.ts";
import type { DatagramVisitor } from "./datagram-visitor.ts";
import { DecodeError } from "./errors.ts";

/** Ports on which flows are expected: other datagrams to them are reported. */
const FLOW_PORTS: readonly number[] = [...LISTEN_PORTS, 4432, 9555, 9995, 9996];
/** Largest file of raw datagrams. Captures are read in a window and have no limit. */
const MAX_RAW_BYTES = 256 * 1024 * 1024;
/** Number of first bytes that identify the kind of a file. */
const HEAD_BYTES = 16;
const BATCH = 1024;

/** Waits until a slow output has caught up; called between batches. */
export type Breathe = () => Promise<void>;

/**
 * Passes on the flow datagrams of a file: UDP payloads of a pcap or pcapng capture, or a sequence of raw datagrams.
 * `-` is standard input. @throws NgflowError with exit 66 (no such input) or 65 (damaged or foreign, with the offset)
 */
export async function decodeFile(file: string, visitor: DatagramVisitor, breathe: Breathe): Promise<void> {
  const name = file === "-" ? "standard input" : file;
  const fd = file === "-" ? 0 : openInput(file);
  try {
    const first = new Uint8Array(HEAD_BYTES);
    const got = readFully(fd, first, name);
    if (got === 0) throw new DecodeError("decode-empty", `${name}: is empty; expected a capture or flow datagrams`);
    const head = first.subarray(0, got);
    if (isCapture(head)) await decodeCapture(fd, head, name, visitor, breathe);
    else await decodeRaw(fd, head, name, visitor, breathe);
  } finally {
    if (fd !== 0) closeSync(fd);
  }
}

function openInput(file: string): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw new DecodeError("decode-no-input", `${file}: ${systemReason(cause)}`, { cause });
  }
}

/** Reads into all of `into` unless the input ends; the number of bytes read. */
function readFully(fd: number, into: Uint8Array, name: string): number {
  let at = 0;
  while (at < into.length) {
    const n = readSome(fd, into, at, name);
    if (n === 0) break;
    at += n;
  }
  return at;
}

const idle = new Int32Array(new SharedArrayBuffer(4));

function readSome(fd: number, into: Uint8Array, at: number, name: string): number {
  for (;;) {
    try {
      return readSync(fd, into, at, into.length - at, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") {
        throw new DecodeError("decode-read", `${name}: cannot be read: ${(error as Error).message}`, {
          cause: error,
        });
      }
      // Standard input is non-blocking and has no data yet.
      Atomics.wait(idle, 0, 0, 10);
    }
  }
}

const CAPTURE_MAGICS = new Set([0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1]);

function isCapture(head: Uint8Array): boolean {
  return head.length >= 4 && CAPTURE_MAGICS.has(new DataView(head.buffer, head.byteOffset).getUint32(0, true));
}

function newBatch(buffer: Uint8Array): PacketColumns {
  return {
    buffer,
    count: 0,
    capacity: BATCH,
    offsets: new Uint32Array(BATCH),
    lengths: new Uint32Array(BATCH),
    wireLengths: new Uint32Array(BATCH),
    timesUs: new Float64Array(BATCH),
  };
}

async function decodeCapture(
  fd: number,
  head: Uint8Array,
  name: string,
  visitor: DatagramVisitor,
  breathe: Breathe,
): Promise<void> {
  const reader = new CaptureReader(name);
  const batch = newBatch(reader.buffer);
  const flowPorts = new Set(FLOW_PORTS);
  const reassembly = new Reassembly();
  const before = { datagrams: visitor.datagrams, errors: visitor.errors };
  reader.buffer.set(head, 0);
  reader.filled(head.length);
  for (;;) {
    while (reader.next(batch) > 0) {
      for (let i = 0; i < batch.count; i++) {
        decodePacket(batch, i, reader.dataLinkType, visitor, flowPorts, reassembly);
        if (visitor.isReady) await finishReady(visitor, breathe);
      }
      await breathe();
    }
    if (reader.error !== null) break;
    const n = readSome(fd, reader.buffer.subarray(reader.writeAt), 0, name);
    if (n === 0) break;
    reader.filled(n);
  }
  reader.end();
  reportFragments(reassembly, visitor);
  if (reader.error !== null) throw reader.error;
  if (visitor.datagrams === before.datagrams && visitor.errors === before.errors) {
    throw new DecodeError(
      "decode-no-flows",
      `${name}: the capture holds no NetFlow or IPFIX datagram from offset 0 on; capture the UDP port that the exporter sends to`,
    );
  }
}

/** Works on what waited. */
async function finishReady(visitor: DatagramVisitor, breathe: Breathe): Promise<void> {
  for (; visitor.isReady; await breathe()) visitor.step();
}

function decodePacket(
  batch: PacketColumns,
  i: number,
  linkType: number,
  visitor: DatagramVisitor,
  flowPorts: Set<number>,
  reassembly: Reassembly,
): void {
  const ethernet = linkType === LINK_ETHERNET;
  const payload = udpPayload(batch.buffer, batch.offsets[i]!, batch.lengths[i]!, ethernet, reassembly);
  if (payload === undefined) return;
  const { buffer, start, end, address, sourcePort, destinationPort } = payload;
  const known = protocolOf(buffer, start, end, visitor.protocols) !== undefined;
  if (!known && !flowPorts.has(destinationPort)) return;
  const before = visitor.datagrams;
  visitor.decode(buffer.subarray(start, end), address, sourcePort, 0, batch.timesUs[i]!);
  if (visitor.datagrams > before) flowPorts.add(destinationPort);
}

/** Tells of UDP packets in IP fragments that could not be read. */
function reportFragments({ waiting, displaced, refused }: Reassembly, visitor: DatagramVisitor): void {
  const missing = waiting + displaced;
  if (missing + refused === 0) return;
  const message =
    `${missing + refused} UDP packets in IP fragments could not be read: ` +
    `${missing} lack fragments, ${refused} have fragments that contradict each other`;
  visitor.error({}, "fragments-incomplete", message, 0);
}

async function decodeRaw(
  fd: number,
  head: Uint8Array,
  name: string,
  visitor: DatagramVisitor,
  breathe: Breathe,
): Promise<void> {
  if (protocolOf(head, 0, head.length, visitor.protocols) === undefined) {
    throw new DecodeError(
      "decode-foreign",
      `${name}: neither a pcap or pcapng capture nor flow datagrams: unknown first bytes at offset 0`,
    );
  }
  const bytes = readRest(fd, head, name);
  const errors = visitor.errors;
  let o = 0;
  while (o < bytes.length) {
    const end = datagramEnd(bytes, o, visitor.protocols);
    const before = visitor.datagrams;
    visitor.decode(bytes.subarray(o, end), UNKNOWN_EXPORTER, 0, o);
    // Without a valid header, the start of the next datagram is unknown.
    if (visitor.datagrams === before) {
      throw new DecodeError(
        "decode-damaged",
        `${name}: no flow datagram at offset ${o}; the datagrams before it were decoded`,
      );
    }
    o = end;
    await finishReady(visitor, breathe);
    await breathe();
  }
  if (visitor.errors > errors) {
    throw new DecodeError("decode-damaged", `${name}: damaged, see the lines of kind error for the offsets`);
  }
}

/** A file of raw datagrams does not contain their senders. */
const UNKNOWN_EXPORTER = "0.0.0.0";

function readRest(fd: number, head: Uint8Array, name: string): Uint8Array {
  const parts: Uint8Array[] = [head];
  let total = head.length;
  for (;;) {
    const part = new Uint8Array(65536);
    const n = readFully(fd, part, name);
    if (n === 0) break;
    parts.push(part.subarray(0, n));
    total += n;
    if (total > MAX_RAW_BYTES) {
      throw new DecodeError(
        "decode-too-large",
        `${name}: more than ${MAX_RAW_BYTES} bytes of raw datagrams; split the file or use a capture`,
      );
    }
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
