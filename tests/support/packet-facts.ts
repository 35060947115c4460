import { flowKey } from "./capture.ts";
import { must } from "./command.ts";

/** What tshark says of the outermost IP packet of a frame, and the flow that makes it part of. */
export interface PacketFacts {
  readonly src: string;
  readonly dst: string;
  /** Upper-layer protocol, after IPv6 extension headers. */
  readonly proto: number;
  /** Ports; 0 and type × 256 + code of ICMP; those of the first fragment, if that came before. */
  readonly ports: readonly [number, number];
  /** Length of the IP packet, header included. */
  readonly bytes: number;
  readonly isIpv6: boolean;
  /** Bytes of the Ethernet frame behind the packet. */
  readonly paddingBytes: number;
  /** VLAN tags and MPLS labels in front of the packet. */
  readonly tags: number;
  readonly labels: number;
  /** IPv6 extension headers other than that of fragments. */
  readonly hasExtensions: boolean;
  readonly isFragment: boolean;
  /** Bytes from the start of the datagram; 0 in a packet that is not a later fragment. */
  readonly fragmentOffset: number;
  /** The innermost IP packet of a tunnel, or of what an ICMP error is about. */
  readonly inner: PacketFacts | undefined;
}

export function keyOf({ src, dst, ports, proto }: Pick<PacketFacts, "src" | "dst" | "ports" | "proto">): string {
  return flowKey(src, dst, ports[0], ports[1], proto);
}

const FIELDS = [
  "frame.protocols",
  "eth.padding",
  "eth.trailer",
  "ip.src",
  "ip.dst",
  "ip.proto",
  "ip.id",
  "ip.frag_offset",
  "ip.flags.mf",
  "ip.len",
  "ipv6.src",
  "ipv6.dst",
  "ipv6.nxt",
  "ipv6.plen",
  "ipv6.hopopts.nxt",
  "ipv6.routing.nxt",
  "ipv6.dstopts.nxt",
  "ipv6.fraghdr.nxt",
  "ipv6.fraghdr.offset",
  "ipv6.fraghdr.more",
  "ipv6.fraghdr.ident",
  "tcp.srcport",
  "tcp.dstport",
  "udp.srcport",
  "udp.dstport",
  "sctp.srcport",
  "sctp.dstport",
  "dccp.srcport",
  "dccp.dstport",
  "icmp.type",
  "icmp.code",
  "icmpv6.type",
  "icmpv6.code",
  "mpls.label",
] as const;
type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** What may be in front of an IP packet that is metered. */
const IP = new Set(["ip", "ipv6"]);
const LINKS = new Set(["eth", "ethertype", "vlan", "ieee8021ad", "mpls", "sll", "null", "raw"]);
const PORTS_OF: Readonly<Record<number, "tcp" | "udp" | "sctp" | "dccp">> = {
  6: "tcp",
  17: "udp",
  33: "dccp",
  132: "sctp",
  136: "udp",
};
const EXTENSIONS = {
  0: "ipv6.hopopts.nxt",
  43: "ipv6.routing.nxt",
  44: "ipv6.fraghdr.nxt",
  60: "ipv6.dstopts.nxt",
} as const;

const flag = (text: string): boolean => text === "1" || text === "True";

/** Ports by fragmented datagram. */
type Ports = Map<string, readonly [number, number]>;

/** Undefined where the packet is cut before its ports. */
function portsOf(row: Row, proto: number): [number, number] | undefined {
  const pair = (source: string, destination: string): [number, number] | undefined =>
    destination === "" ? undefined : [Number(source), Number(destination)];
  if (proto === 1 || proto === 58) {
    const [type, code] = proto === 1 ? [row["icmp.type"], row["icmp.code"]] : [row["icmpv6.type"], row["icmpv6.code"]];
    return pair("0", code === "" ? "" : String(Number(type) * 256 + Number(code)));
  }
  const upper = PORTS_OF[proto];
  return upper === undefined ? [0, 0] : pair(row[`${upper}.srcport`], row[`${upper}.dstport`]);
}

function lastHeader(row: Row): { proto: number; extensions: number } {
  let proto = Number(row["ipv6.nxt"]);
  let extensions = 0;
  // At most one of each: with more, the comparison fails.
  while (proto in EXTENSIONS && extensions < 4) {
    if (proto !== 44) extensions++;
    const next = row[EXTENSIONS[proto as keyof typeof EXTENSIONS]];
    if (proto === 44 && Number(row["ipv6.fraghdr.offset"]) !== 0) return { proto: Number(next), extensions };
    proto = Number(next);
  }
  return { proto, extensions };
}

/**
 * The packets of a capture that a meter of IP packets has to account for, as tshark dissects them: no code of the
 * product's.
 */
export function readPacketFacts(file: string): PacketFacts[] {
  const options = ["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"];
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const words = ["tshark", "-r", file, ...options, "-T", "fields", "-E", "occurrence=a", ...fields];
  const firsts: Ports = new Map();
  const lines = must(words, { timeoutMs: 300_000 }).trimEnd().split("\n");
  return lines.flatMap((line) => {
    const cells = line.split("\t").map((cell) => cell.split(","));
    const row = (at: number): Row =>
      Object.fromEntries(FIELDS.map((field, i) => [field, cells[i]?.at(at) ?? ""])) as Row;
    const protocols = row(0)["frame.protocols"].split(":");
    const headers = [...protocols.keys()].filter((at) => IP.has(protocols[at]!));
    const [at] = headers;
    if (at === undefined || !protocols.slice(0, at).every((name) => LINKS.has(name))) return [];
    const labels = (cells[FIELDS.indexOf("mpls.label")] ?? []).filter((label) => label !== "").length;
    const outer = readRow(row(0), protocols, at, firsts);
    if (outer === undefined) return [];
    const inner = headers.length > 1 ? readRow(row(-1), protocols, headers.at(-1)!, new Map()) : undefined;
    return [{ ...outer, labels, inner }];
  });
}

/** @param at of the IP header among the protocols */
function readRow(row: Row, protocols: readonly string[], at: number, firsts: Ports): PacketFacts | undefined {
  const links = protocols.slice(0, at);
  const isIpv6 = protocols[at] === "ipv6";
  const [src, dst] = isIpv6 ? [row["ipv6.src"], row["ipv6.dst"]] : [row["ip.src"], row["ip.dst"]];
  const { proto, extensions } = isIpv6 ? lastHeader(row) : { proto: Number(row["ip.proto"]), extensions: 0 };
  const [offset, more, id] = isIpv6
    ? [Number(row["ipv6.fraghdr.offset"]), flag(row["ipv6.fraghdr.more"]), row["ipv6.fraghdr.ident"]]
    : [Number(row["ip.frag_offset"]), flag(row["ip.flags.mf"]), row["ip.id"]];
  const datagram = `${src} ${dst} ${proto} ${id}`;
  const ports = offset === 0 ? portsOf(row, proto) : (firsts.get(datagram) ?? ([0, 0] as const));
  if (ports === undefined) return undefined;
  if (offset === 0 && more) firsts.set(datagram, ports);
  return {
    src,
    dst,
    proto,
    ports,
    bytes: isIpv6 ? Number(row["ipv6.plen"]) + 40 : Number(row["ip.len"]),
    isIpv6,
    paddingBytes: (row["eth.padding"].length + row["eth.trailer"].length) / 2,
    tags: links.filter((name) => name === "vlan" || name === "ieee8021ad").length,
    labels: 0,
    hasExtensions: extensions > 0,
    isFragment: more || offset !== 0,
    fragmentOffset: offset * 8,
    inner: undefined,
  };
}
