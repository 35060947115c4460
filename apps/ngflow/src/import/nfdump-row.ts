import { parseIp } from "@ngflow/base";
import { type ColumnName, COLUMNS, type FlowBatch, SAMPLING, TIME_SOURCE } from "@ngflow/flows";

/** A record as nfdump prints it: values by the names of its JSON. */
export type NfdumpRecord = Readonly<Record<string, string | number | undefined>>;

/** Names of nfdump's JSON whose value is that of a column; of several that are there, the last. */
const SAME: Readonly<Record<string, ColumnName>> = {
  src4_addr: "SrcAddr",
  src6_addr: "SrcAddr",
  dst4_addr: "DstAddr",
  dst6_addr: "DstAddr",
  src_port: "SrcPort",
  dst_port: "DstPort",
  icmp_type: "IcmpType",
  icmp_code: "IcmpCode",
  proto: "Proto",
  src_tos: "Tos",
  in_packets: "Packets",
  in_bytes: "Bytes",
  out_packets: "OutPackets",
  out_bytes: "OutBytes",
  input_snmp: "InIf",
  output_snmp: "OutIf",
  src_mask: "SrcMask",
  dst_mask: "DstMask",
  fwd_status: "ForwardingStatus",
  direction: "Direction",
  src_vlan: "Vlan",
  dst_vlan: "PostVlan",
  src_as: "SrcAS",
  dst_as: "DstAS",
  in_src_mac: "SrcMac",
  in_dst_mac: "DstMac",
  ip4_next_hop: "NextHop",
  ip6_next_hop: "NextHop",
  bgp4_next_hop: "BgpNextHop",
  bgp6_next_hop: "BgpNextHop",
  ip4_router: "ExporterAddr",
  ip6_router: "ExporterAddr",
  // The name is misspelt in nfdump 1.7.
  observationDoaminID: "Domain",
  observationDomainID: "Domain",
  ingress_vrf: "InVrf",
  egress_vrf: "OutVrf",
  src4_xlt_ip: "SrcAddrNAT",
  src6_xlt_ip: "SrcAddrNAT",
  dst4_xlt_ip: "DstAddrNAT",
  dst6_xlt_ip: "DstAddrNAT",
  src_xlt_port: "SrcPortNAT",
  dst_xlt_port: "DstPortNAT",
  nat_event_id: "NatEvent",
  event_id: "FirewallEvent",
};

const KINDS = new Map<string, string>(COLUMNS.map(({ name, kind }) => [name, kind]));
const LIMITS: Readonly<Record<string, number>> = { u8: 0xff, u16: 0xffff, u32: 0xffff_ffff };

/** Letters of nfdump's flags, lowest bit first (RFC 9293 §3.1). */
const FLAGS = "FSRPAUEC";
/** Bits of a label above its experimental bits and bottom of stack (RFC 3032 §2.1). */
const LABEL = /^(\d+)-/;

/** Why a record is not a row. */
export type Refusal = "no times" | "not a flow" | "a value out of range";

/**
 * Appends a record to a batch with room. Times without a zone are local, as nfdump prints them. nfcapd has multiplied
 * counters by the sampling rate, so the rate of the row is 1. Returns why it did not.
 */
export function appendRecord(batch: FlowBatch, record: NfdumpRecord): Refusal | undefined {
  const start = timeOf(record["first"] ?? record["t_event"]);
  const end = timeOf(record["last"] ?? record["t_event"]);
  if (start === undefined || end === undefined) return "no times";
  const row = batch.rows;
  const wide = (name: "TimeReceived" | "TimeStart" | "TimeEnd", ms: number): void => {
    batch.columns[name][2 * row] = ms >>> 0;
    batch.columns[name][2 * row + 1] = Math.floor(ms / 2 ** 32);
  };
  const values: [ColumnName, string | number][] = [];
  for (const [name, column] of Object.entries(SAME)) {
    const value = record[name];
    if (value !== undefined && value !== "") values.push([column, value]);
  }
  const flags = record["tcp_flags"];
  if (typeof flags === "string") values.push(["TcpFlags", flagsOf(flags)]);
  const label = LABEL.exec(String(record["mpls_1"] ?? ""))?.[1];
  if (label !== undefined) values.push(["MplsLabel", label]);
  if (!values.some(([column]) => column === "SrcAddr")) return "not a flow";
  for (const [column, value] of values) if (!set(batch, row, column, value)) return "a value out of range";
  batch.columns.IpVersion[row] = String(record["src6_addr"] ?? record["src4_addr"]).includes(":") ? 6 : 4;
  wide("TimeReceived", timeOf(record["received"]) ?? end);
  wide("TimeStart", start);
  wide("TimeEnd", end);
  batch.columns.SamplingRate[row] = 1;
  batch.columns.SamplingSource[row] = SAMPLING.none;
  batch.columns.TimeSource[row] = TIME_SOURCE.record;
  batch.rows++;
  return undefined;
}

/** Whether the value fits the column. Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d. */
function set(batch: FlowBatch, row: number, column: ColumnName, value: string | number): boolean {
  const kind = KINDS.get(column)!;
  const array = batch.columns[column];
  if (kind === "ip") {
    const address = parseIp(String(value));
    if (address === undefined) return false;
    (array as Uint8Array).set(address, row * 16);
    return true;
  }
  if (kind === "mac" || kind === "u64") {
    const text = String(value);
    if (!(kind === "mac" ? /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i : /^\d{1,20}$/).test(text)) return false;
    const digits = text
      .split(":")
      .map((byte) => byte.padStart(2, "0"))
      .join("");
    const number = kind === "mac" ? BigInt(`0x${digits}`) : BigInt(text);
    if (number > 0xffff_ffff_ffff_ffffn) return false;
    array[2 * row] = Number(number & 0xffff_ffffn);
    array[2 * row + 1] = Number(number >> 32n);
    return true;
  }
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > LIMITS[kind]!) return false;
  array[row] = number;
  return true;
}

function flagsOf(text: string): number {
  let bits = 0;
  for (let i = 0; i < FLAGS.length; i++) if (text.includes(FLAGS[i]!)) bits |= 1 << i;
  return bits;
}

/** Unix milliseconds; undefined if it is not a time after 1970. */
function timeOf(value: string | number | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const ms = Date.parse(value.replace(" ", "T"));
  return ms > 0 ? ms : undefined;
}
