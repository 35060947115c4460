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
import type { DatagramVisitor } from "./datagram-visitor.ts";
import { DecodeError } from "./errors.ts";
import { type Input, openInput, readFully } from "./input.ts";

/** Ports on which flows are expected: other datagrams to them are reported. */
const FLOW_PORTS: readonly number[] = [...LISTEN_PORTS, 4432, 9555, 9995, 9996];
/** A file of raw datagrams is read in windows. A datagram has to begin so far before the end of one. */
const WINDOW_BYTES = 1 << 20;
const AHEAD_BYTES = 1 << 18;
/** Number of first bytes that identify the kind of a file. */
const HEAD_BYTES = 16;
const BATCH = 1024;

/** Waits until a slow output has caught up; called between batches. */
export type Breathe = () => Promise<void>;

/**
 * Passes on the flow datagrams of a file: UDP payloads of a pcap or pcapng capture, or raw datagrams one after the
 * other, as in files of IPFIX (RFC 5655). Either may be compressed with gzip. `-` is standard input.
 * @throws NgflowError with exit 66 (no such input) or 65 (damaged or foreign, with the offset)
 */
export async function decodeFile(file: string, visitor: DatagramVisitor, breathe: Breathe): Promise<void> {
  const input = await openInput(file);
  try {
    const first = new Uint8Array(HEAD_BYTES);
    const got = await readFully(input, first);
    if (got === 0) {
      throw new DecodeError("decode-empty", `${input.name}: is empty; expected a capture or flow datagrams`);
    }
    const head = first.subarray(0, got);
    if (isCapture(head)) await decodeCapture(input, head, visitor, breathe);
    else await decodeRaw(input, head, visitor, breathe);
  } finally {
    input.close();
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
  input: Input,
  head: Uint8Array,
  visitor: DatagramVisitor,
  breathe: Breathe,
): Promise<void> {
  const reader = new CaptureReader(input.name);
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
    const n = await input.read(reader.buffer.subarray(reader.writeAt));
    if (n === 0) break;
    reader.filled(n);
  }
  reader.end();
  reportFragments(reassembly, visitor);
  if (reader.error !== null) throw reader.error;
  if (visitor.datagrams === before.datagrams && visitor.errors === before.errors) {
    throw new DecodeError(
      "decode-no-flows",
      `${input.name}: the capture holds no NetFlow, IPFIX or sFlow datagram from offset 0 on; capture the UDP port that the exporter sends to`,
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

/** First bytes of the files of nfcapd (0xA50C in the order of the machine, as nfdump's nffile.h has it). */
const NFCAPD = [0x0c, 0xa5];

/** First bytes of what other programs compressed, and the program that decompresses it. */
const COMPRESSED: readonly (readonly [magic: readonly number[], program: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"],
  [[0x42, 0x5a, 0x68], "bzip2"],
  [[0x04, 0x22, 0x4d, 0x18], "lz4"],
];

async function decodeRaw(input: Input, head: Uint8Array, visitor: DatagramVisitor, breathe: Breathe): Promise<void> {
  if (protocolOf(head, 0, head.length, visitor.protocols) === undefined) {
    if (head[0] === NFCAPD[0] && head[1] === NFCAPD[1]) {
      throw new DecodeError(
        "decode-foreign",
        `${input.name}: a file of nfcapd: nfdump -r FILE -o json | ngflow import -`,
      );
    }
    const packed = COMPRESSED.find(([magic]) => magic.every((byte, at) => head[at] === byte));
    if (packed !== undefined) {
      const program = packed[1];
      throw new DecodeError(
        "decode-foreign",
        `${input.name}: compressed with ${program}: ${program} -dc FILE | ngflow import -`,
      );
    }
    throw new DecodeError(
      "decode-foreign",
      `${input.name}: neither a pcap or pcapng capture nor flow datagrams: unknown first bytes at offset 0`,
    );
  }
  const { errors } = visitor;
  const window = new Uint8Array(WINDOW_BYTES);
  window.set(head);
  let used = head.length;
  let offset = 0;
  for (let isLast = false; !isLast;) {
    used += await readFully(input, window.subarray(used));
    isLast = used < window.length;
    let o = 0;
    while (o < used && (isLast || used - o >= AHEAD_BYTES)) {
      const bytes = window.subarray(o, used);
      const end = datagramEnd(bytes, 0, visitor.protocols);
      const before = visitor.datagrams;
      visitor.decode(bytes.subarray(0, end), UNKNOWN_EXPORTER, 0, offset + o);
      // Without a valid header, the start of the next datagram is unknown.
      if (visitor.datagrams === before) {
        throw new DecodeError(
          "decode-damaged",
          `${input.name}: no flow datagram at offset ${offset + o}; the datagrams before it were decoded`,
        );
      }
      o += end;
      await finishReady(visitor, breathe);
      await breathe();
    }
    window.copyWithin(0, o, used);
    used -= o;
    offset += o;
  }
  if (visitor.errors > errors) {
    throw new DecodeError("decode-damaged", `${input.name}: damaged, see the lines of kind error for the offsets`);
  }
}

/** A file of raw datagrams does not contain their senders. */
const UNKNOWN_EXPORTER = "0.0.0.0";
