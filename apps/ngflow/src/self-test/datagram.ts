import { V5, writeFixedHeader } from "@ngflow/wire/encode";

/**
 * What the flow of a self-test is made of. Both addresses are for documentation (RFC 5737), the protocol is for tests
 * (RFC 3692): no network has such a flow. `engine` tells the sender from other exporters at the same address.
 */
export const SELF_TEST = {
  from: "192.0.2.1",
  to: "198.51.100.1",
  protocol: 253,
  /** An IPv4 header with an UDP header. */
  bytes: 28,
  engine: 255,
} as const;

/** Lengths and offsets of the record of NetFlow v5 (`V5`). */
const RECORD = { length: 48, packets: 16, bytes: 20, first: 24, last: 28, fromPort: 32, toPort: 34, protocol: 38 };
/** How long the sender claims to run, milliseconds: flows are told in its time. */
const UP_MS = 3_600_000;

/**
 * One flow of one packet that ended now, as a datagram of NetFlow v5.
 *
 * @param nowMs Unix milliseconds
 * @param mark port of both ends: tells one self-test from another
 * @param sequence flows that were sent before
 */
export function selfTestDatagram(nowMs: number, mark: number, sequence: number): Uint8Array {
  const at = V5.headerLength;
  const bytes = new Uint8Array(at + RECORD.length);
  const view = new DataView(bytes.buffer);
  const residual = (nowMs % 1000) * 1_000_000;
  writeFixedHeader(view, 0, V5, 1, UP_MS, Math.floor(nowMs / 1000), residual, sequence >>> 0, SELF_TEST.engine);
  bytes.set(SELF_TEST.from.split(".").map(Number), at);
  bytes.set(SELF_TEST.to.split(".").map(Number), at + 4);
  view.setUint32(at + RECORD.packets, 1);
  view.setUint32(at + RECORD.bytes, SELF_TEST.bytes);
  view.setUint32(at + RECORD.first, UP_MS);
  view.setUint32(at + RECORD.last, UP_MS);
  view.setUint16(at + RECORD.fromPort, mark);
  view.setUint16(at + RECORD.toPort, mark);
  bytes[at + RECORD.protocol] = SELF_TEST.protocol;
  return bytes;
}
