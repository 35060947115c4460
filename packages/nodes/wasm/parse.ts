// Parsing and hashing of plain packets, in AssemblyScript. TypeScript does the same to any packet: `parsePackets`,
// `hashPackets`.
import {
  CONTROL_ADDRESSES,
  CONTROL_BYTES,
  CONTROL_FAMILY,
  CONTROL_HASHES,
  CONTROL_KIND,
  CONTROL_LENGTHS,
  CONTROL_META,
  CONTROL_ODD,
  CONTROL_OFFSETS,
  CONTROL_PORTS,
  CONTROL_TCP_FLAGS,
  CONTROL_VLANS,
} from "../src/netflow/modern/wasm/meter-layout";

const TCP: u32 = 6;
const UDP: u32 = 17;
const ETHERNET_BYTES: u32 = 14;
/** Frames of plain packets are at least so long: Ethernet, IPv4, and the TCP or UDP header. */
const TCP_BYTES: u32 = 54;
const UDP_BYTES: u32 = 42;

/**
 * Parses plain packets of a group: Ethernet, IPv4 without options, TCP or UDP, no fragment. Returns how many rows are
 * odd; they are listed.
 */
export function parse(c: usize, packets: usize, count: u32): u32 {
  const offsets = load<usize>(c, CONTROL_OFFSETS);
  const lengths = load<usize>(c, CONTROL_LENGTHS);
  const kinds = load<usize>(c, CONTROL_KIND);
  const families = load<usize>(c, CONTROL_FAMILY);
  const addresses = load<usize>(c, CONTROL_ADDRESSES);
  const ports = load<usize>(c, CONTROL_PORTS);
  const metas = load<usize>(c, CONTROL_META);
  const vlans = load<usize>(c, CONTROL_VLANS);
  const sizes = load<usize>(c, CONTROL_BYTES);
  const tcpFlags = load<usize>(c, CONTROL_TCP_FLAGS);
  const odd = load<usize>(c, CONTROL_ODD);
  let odds: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const at = packets + load<u32>(offsets + (k << 2));
    const length = load<u32>(lengths + (k << 2));
    if (length >= UDP_BYTES) {
      const word = load<u32>(at, 12);
      const total: u32 = bswap<u16>(load<u16>(at, 16));
      const protocol: u32 = load<u8>(at, 23);
      const least: u32 = protocol == TCP ? TCP_BYTES : protocol == UDP ? UDP_BYTES : 0xffffffff;
      if (
        (word & 0xffffff) == 0x450008 &&
        (load<u16>(at, 20) & 0xff3f) == 0 &&
        length >= least &&
        total + ETHERNET_BYTES >= least
      ) {
        store<u8>(kinds + k, 4);
        store<u8>(families + k, 4);
        store<u64>(addresses + (k << 5), load<u64>(at, 26));
        store<u32>(ports + (k << 2), load<u32>(at, 34));
        store<u32>(metas + (k << 2), protocol | ((word >>> 16) & 0xff00));
        store<u32>(vlans + (k << 2), 0);
        store<u32>(sizes + (k << 2), total);
        store<u8>(tcpFlags + k, protocol == TCP ? load<u8>(at, 47) : 0);
        continue;
      }
    }
    store<u16>(odd + (odds << 1), k);
    odds++;
  }
  return odds;
}

@inline
function hashWord(h: u32, word: u32): u32 {
  return ((h ^ (h >>> 15)) + word) * <u32>-2048144777;
}

/** Completes the keys of a group and hashes them: `hashPackets`. */
export function hash(c: usize, count: u32, context: u32): void {
  const kinds = load<usize>(c, CONTROL_KIND);
  const addresses = load<usize>(c, CONTROL_ADDRESSES);
  const ports = load<usize>(c, CONTROL_PORTS);
  const metas = load<usize>(c, CONTROL_META);
  const vlans = load<usize>(c, CONTROL_VLANS);
  const hashes = load<usize>(c, CONTROL_HASHES);
  for (let k: u32 = 0; k < count; k++) {
    const row = addresses + (k << 5);
    const meta = load<u32>(metas + (k << 2)) | context;
    store<u32>(metas + (k << 2), meta);
    let h = (load<u32>(row) ^ 0x2545f491) * <u32>-1640531535;
    h = hashWord(h, load<u32>(row, 4));
    if (load<i8>(kinds + k) == 6) {
      for (let w: usize = 8; w < 32; w += 4) h = hashWord(h, load<u32>(row + w));
    }
    h = ((h ^ (h >>> 13)) + load<u32>(ports + (k << 2))) * <u32>-1028477379;
    const vlan = load<u32>(vlans + (k << 2)) * <u32>-1640531535;
    h = ((h ^ (h >>> 16)) + meta + vlan) * <u32>668265263;
    store<u32>(hashes + (k << 2), h ^ (h >>> 15));
  }
}
