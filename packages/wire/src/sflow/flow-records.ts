import { u16be } from "@ngflow/base";
import * as common from "./common-groups.ts";
import { type Range, sample as s } from "./flow-sample.ts";
import * as rare from "./rare-groups.ts";
import { readSampledHeader, readSampledIp } from "./sampled-header.ts";
import { LIST_BYTES_MAX, type XdrReader } from "./values.ts";

/** Largest VLAN id; agents send greater numbers for "unknown" and "many". */
const VLAN_MAX = 4095;

/**
 * Reads one record into the sample and sets its bits; false when it is not as its format says. Of several records of a
 * format the last one counts: one that is damaged clears the bits, since it has left its values half read.
 */
type RecordReader = (x: XdrReader) => boolean;

/** Reads a list. One that is cut or too long leaves the range as it is: no range is longer than a record takes. */
function list(x: XdrReader, range: Range, unit = 1): void {
  x.list(unit);
  if (x.listLength > LIST_BYTES_MAX) x.ok = false;
  if (!x.ok) return;
  range.at = x.listAt;
  range.length = x.listLength;
}

/** An address with its type before it. Returns its length: 4, 16, 0 for an unknown address. */
function address(x: XdrReader, range: Range): 0 | 4 | 16 {
  const type = x.u32();
  const length = type === 1 ? 4 : type === 2 ? 16 : 0;
  if (type > 2) x.ok = false;
  range.at = x.skip(length);
  return x.ok ? length : 0;
}

const from = { at: 0, length: 0 };
const to = { at: 0, length: 0 };

/** Whether the sample has no packet yet that a header of the packet itself describes better. */
function withoutIp(): boolean {
  return (s.present & (common.IPV4 | common.IPV6)) === 0;
}

/** Groups of the frame, and of the packet in it. */
const FRAME = common.ETHERNET | common.TAG | common.INNER_TAG | common.MPLS;
const PACKET = [
  ...[common.IPV4, common.IPV6, common.IPV4_HEADER, common.IPV6_HEADER, common.PORTS, common.TCP, common.UDP],
  ...[common.ICMP4, common.ICMP6],
].reduce((all, bit) => all | bit, 0);

function sampledHeader(x: XdrReader): boolean {
  const protocol = x.u32();
  const frameLength = x.u32();
  const stripped = x.u32();
  x.list();
  if (!x.ok) return false;
  s.headerProtocol = protocol;
  s.frameLength = frameLength;
  const before = s.present;
  s.present = (before & ~(FRAME | PACKET)) | common.HEADER;
  readSampledHeader(x.bytes, x.listAt, x.listAt + x.listLength, Math.max(frameLength - stripped, 0));
  // What the header does not have stays as another record has said it.
  if ((s.present & common.ETHERNET) === 0) s.present |= before & FRAME;
  if (withoutIp()) s.present |= before & PACKET;
  return true;
}

function sampledEthernet(x: XdrReader): boolean {
  x.u32();
  const source = x.skip(8);
  const destination = x.skip(8);
  const type = x.u32();
  if (!x.ok) return false;
  // The record has the addresses in the other order than a frame, which has been read already if it is there.
  if ((s.present & common.ETHERNET) === 0) {
    s.sourceMacAt = source;
    s.destinationMacAt = destination;
    s.etherType = type & 0xffff;
    s.present |= common.ETHERNET;
  }
  return true;
}

function sampledIp(addressBytes: 4 | 16): RecordReader {
  return (x) => {
    const at = x.skip(24 + 2 * addressBytes);
    if (x.ok && withoutIp()) readSampledIp(x.bytes, at, addressBytes);
    return x.ok;
  };
}

function extendedSwitch(x: XdrReader): boolean {
  s.present &= ~(common.VLAN_IN | common.VLAN_OUT);
  s.sourceVlan = x.u32();
  s.sourcePriority = x.u32();
  s.destinationVlan = x.u32();
  s.destinationPriority = x.u32();
  if (x.ok && s.sourceVlan <= VLAN_MAX) s.present |= common.VLAN_IN;
  if (x.ok && s.destinationVlan <= VLAN_MAX) s.present |= common.VLAN_OUT;
  return x.ok;
}

function extendedRouter(x: XdrReader): boolean {
  s.present &= ~(common.NEXT_HOP4 | common.NEXT_HOP6);
  const length = address(x, from);
  s.sourceMask = x.u32() & 0xff;
  s.destinationMask = x.u32() & 0xff;
  if (!x.ok || length === 0) return x.ok;
  s.nextHopAt = from.at;
  s.present |= length === 4 ? common.NEXT_HOP4 : common.NEXT_HOP6;
  return true;
}

function extendedGateway(x: XdrReader): boolean {
  s.present &= ~(common.BGP | common.BGP_PATH | common.BGP_HOP4 | common.BGP_HOP6);
  const length = address(x, from);
  s.bgpNextHopAt = from.at;
  s.routerAs = x.u32();
  s.sourceAs = x.u32();
  s.sourcePeerAs = x.u32();
  const segments = x.u32();
  s.path.at = x.at;
  let ases = 0;
  // A segment takes eight bytes at least, so the loop ends with the record.
  for (let i = 0; i < segments && x.ok; i++) {
    x.u32();
    x.list(4);
    if (!x.ok || x.listLength === 0) continue;
    if (ases === 0) s.destinationPeerAs = u32At(x, x.listAt);
    s.destinationAs = u32At(x, x.listAt + x.listLength - 4);
    ases += x.listLength / 4;
  }
  s.path.length = x.at - s.path.at;
  list(x, s.communities, 4);
  s.localPreference = x.u32();
  if (!x.ok || s.path.length > LIST_BYTES_MAX) return false;
  s.present |= common.BGP;
  if (ases > 0) s.present |= common.BGP_PATH;
  if (length > 0) s.present |= length === 4 ? common.BGP_HOP4 : common.BGP_HOP6;
  return true;
}

function u32At({ bytes }: XdrReader, at: number): number {
  return u16be(bytes, at) * 0x1_0000 + u16be(bytes, at + 2);
}

function extendedUser(x: XdrReader): boolean {
  x.u32();
  list(x, s.sourceUser);
  x.u32();
  list(x, s.destinationUser);
  return added(x, rare.USER);
}

function extendedUrl(x: XdrReader): boolean {
  x.u32();
  list(x, s.url);
  list(x, s.host);
  return added(x, rare.URL);
}

function extendedMpls(x: XdrReader): boolean {
  address(x, from);
  list(x, s.inLabels, 4);
  list(x, s.outLabels, 4);
  return added(x, rare.MPLS_STACKS);
}

function extendedNat(x: XdrReader): boolean {
  s.extras &= ~(rare.NAT4 | rare.NAT6);
  const length = address(x, from);
  if (address(x, to) !== length || length === 0) return false;
  s.natSourceAt = from.at;
  s.natDestinationAt = to.at;
  return added(x, length === 4 ? rare.NAT4 : rare.NAT6);
}

function extendedNatPorts(x: XdrReader): boolean {
  s.natSourcePort = x.u32() & 0xffff;
  s.natDestinationPort = x.u32() & 0xffff;
  return added(x, rare.NAT_PORTS);
}

function mplsTunnel(x: XdrReader): boolean {
  list(x, s.tunnelName);
  s.tunnelId = x.u32();
  s.tunnelCos = x.u32();
  return added(x, rare.MPLS_TUNNEL);
}

function mplsVc(x: XdrReader): boolean {
  list(x, s.vcInstance);
  s.vcId = x.u32();
  s.vcCos = x.u32();
  return added(x, rare.MPLS_VC);
}

function vlanTunnel(x: XdrReader): boolean {
  list(x, s.vlanStack, 4);
  return added(x, rare.VLAN_STACK);
}

function tunnel(addressBytes: 4 | 16): RecordReader {
  return (x) => {
    s.extras &= ~(rare.TUNNEL4 | rare.TUNNEL6);
    const at = x.skip(24 + 2 * addressBytes);
    s.tunnelSourceAt = at + 8;
    s.tunnelDestinationAt = at + 8 + addressBytes;
    return added(x, addressBytes === 4 ? rare.TUNNEL4 : rare.TUNNEL6);
  };
}

function vniIn(x: XdrReader): boolean {
  s.ingressVni = x.u32();
  return added(x, rare.VNI_IN);
}

function vniOut(x: XdrReader): boolean {
  s.egressVni = x.u32();
  return added(x, rare.VNI_OUT);
}

function egressQueue(x: XdrReader): boolean {
  s.queue = x.u32();
  return added(x, rare.QUEUE);
}

function acl(x: XdrReader): boolean {
  s.aclNumber = x.u32();
  list(x, s.aclName);
  s.aclDirection = x.u32();
  return added(x, rare.ACL);
}

function discardingFunction(x: XdrReader): boolean {
  list(x, s.functionSymbol);
  return added(x, rare.FUNCTION);
}

function added(x: XdrReader, bit: number): boolean {
  s.extras = x.ok ? s.extras | bit : s.extras & ~bit;
  return x.ok;
}

/** Readers of flow records by format (enterprise 0). https://sflow.org/developers/structures.php has the numbers. */
export const FLOW_RECORDS: ReadonlyMap<number, RecordReader> = new Map<number, RecordReader>([
  [1, sampledHeader],
  [2, sampledEthernet],
  [3, sampledIp(4)],
  [4, sampledIp(16)],
  [1001, extendedSwitch],
  [1002, extendedRouter],
  [1003, extendedGateway],
  [1004, extendedUser],
  [1005, extendedUrl],
  [1006, extendedMpls],
  [1007, extendedNat],
  [1008, mplsTunnel],
  [1009, mplsVc],
  [1012, vlanTunnel],
  [1020, extendedNatPorts],
  [1023, tunnel(4)],
  [1024, tunnel(4)],
  [1025, tunnel(16)],
  [1026, tunnel(16)],
  [1029, vniOut],
  [1030, vniIn],
  [1036, egressQueue],
  [1037, acl],
  [1038, discardingFunction],
]);
