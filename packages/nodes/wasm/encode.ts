// Records as the plain templates of v9 and IPFIX have them, in AssemblyScript: `FlowRecordWriter.write` writes any
// record.
import {
  CONTROL_BOOT_MS,
  CONTROL_DIRECTION,
  CONTROL_INPUT_IF,
  CONTROL_LEAVING,
  CONTROL_OUTPUT_IF,
  CONTROL_REASONS,
  CONTROL_STAGING,
  RECORD_BYTES,
  RECORD_FIRST,
  RECORD_LAST,
  RECORD_PACKETS,
  RECORD_TCP_FLAGS,
  RECORD_VLANS,
  STRIDE4_BYTES,
  STRIDE6_BYTES,
  TABLE_RECORDS,
} from "../src/netflow/modern/wasm/meter-layout";

const ICMP: u32 = 1;
const ICMPV6: u32 = 58;

@inline
function milliseconds(us: f64): u64 {
  return <u64>(us / 1000);
}

@inline
function uptime(ms: u64, boot: u64): u32 {
  return ms > boot ? <u32>(ms - boot) : 0;
}

/**
 * Writes records `from` to `from + count - 1` of those that leave as the plain templates have them, or those of flows
 * with a tag, one after the other, to the staging area: `FlowRecordWriter.write`. Returns the bytes written.
 */
export function encode(c: usize, t: usize, isV4: bool, isIpfix: bool, hasVlans: bool, from: u32, count: u32): u32 {
  const leaving = load<usize>(c, CONTROL_LEAVING);
  const reasons = load<usize>(c, CONTROL_REASONS);
  const staging = load<usize>(c, CONTROL_STAGING);
  const inputIf = load<usize>(c, CONTROL_INPUT_IF);
  const outputIf = load<usize>(c, CONTROL_OUTPUT_IF);
  const direction = load<usize>(c, CONTROL_DIRECTION);
  const boot = <u64>load<f64>(c, CONTROL_BOOT_MS);
  const records = load<usize>(t, TABLE_RECORDS);
  const stride: u32 = isV4 ? STRIDE4_BYTES : STRIDE6_BYTES;
  let at = staging;
  for (let i = from; i < from + count; i++) {
    let r = records + load<u32>(leaving + (i << 2)) * stride;
    if (isV4) {
      store<u64>(at, load<u64>(r));
      at += 8;
      r += 8;
    } else {
      for (let w: usize = 0; w < 32; w += 8) store<u64>(at + w, load<u64>(r + w));
      at += 32;
      r += 32;
    }
    const ports = load<u32>(r);
    const meta = load<u32>(r, 4);
    const protocol = meta & 0xff;
    const context = meta >>> 16;
    const data = r + 8;
    const typeCode: u32 = protocol == (isV4 ? ICMP : ICMPV6) ? ports >>> 16 : 0;
    store<u32>(at, isIpfix && typeCode != 0 ? 0 : ports);
    store<u16>(at, meta, 4);
    store<u8>(at, load<u32>(data, RECORD_TCP_FLAGS), 6);
    store<u8>(at, load<u8>(direction + context), 7);
    store<u16>(at, bswap<u16>(load<u16>(inputIf + (context << 1))), 8);
    store<u16>(at, bswap<u16>(load<u16>(outputIf + (context << 1))), 10);
    store<u32>(at, bswap<u32>(load<u32>(data, RECORD_PACKETS)), 12);
    store<u64>(at, bswap<u64>(<u64>load<f64>(data, RECORD_BYTES)), 16);
    const first = milliseconds(load<f64>(data, RECORD_FIRST));
    const last = milliseconds(load<f64>(data, RECORD_LAST));
    if (isIpfix) {
      store<u64>(at, bswap<u64>(first), 24);
      store<u64>(at, bswap<u64>(last), 32);
      at += 40;
    } else {
      store<u32>(at, bswap<u32>(uptime(first, boot)), 24);
      store<u32>(at, bswap<u32>(uptime(last, boot)), 28);
      at += 32;
    }
    store<u16>(at, typeCode);
    store<u8>(at, isV4 ? 4 : 6, 2);
    at += 3;
    if (isIpfix) store<u8>(at++, load<u8>(reasons + i));
    if (!hasVlans) continue;
    const vlans = load<u32>(data, RECORD_VLANS);
    const outer = bswap<u16>(<u16>(vlans & 0xfff));
    store<u16>(at, outer);
    store<u16>(at, outer, 2);
    store<u16>(at, bswap<u16>(<u16>(vlans >>> 12)), 4);
    at += 6;
  }
  return at - staging;
}
