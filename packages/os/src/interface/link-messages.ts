import { setU16le, setU32le, u16le, u32le } from "@ngflow/base";
import {
  aligned,
  eachAttribute,
  eachMessage,
  MESSAGE_HEADER,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  type Reply,
} from "../netlink/message.ts";
import { IFF_UP, type InterfaceInfo } from "./interface-info.ts";

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
/** Bytes of struct ifinfomsg: family, padding, type, index, flags, change mask. */
const LINK_HEADER = 16;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_STATS64 = 23;
const IFLA_CARRIER = 33;
/** Offsets in struct rtnl_link_stats64, which has 64-bit counters: the first, the second and the eighth. */
const RX_PACKETS = 0;
const TX_PACKETS = 8;
const TX_DROPPED = 56;
/** Longest name of an interface, in bytes. */
const NAME_MAX = 15;

/** An interface, and counters of it. */
export interface Link extends InterfaceInfo {
  /** Frames that it received and sent. */
  readonly rxPackets: number;
  readonly txPackets: number;
  /** Frames that the interface was to send and dropped. */
  readonly txDropped: number;
}

/** The request for all interfaces, or for the one of a name (rtnetlink(7)); undefined for what cannot be a name. */
export function linksRequest(name?: string): Uint8Array | undefined {
  const text = Buffer.from(name ?? "");
  if (name !== undefined && (text.length === 0 || text.length > NAME_MAX || text.includes(0))) return undefined;
  const attribute = name === undefined ? 0 : 4 + text.length + 1;
  const request = new Uint8Array(MESSAGE_HEADER + LINK_HEADER + aligned(attribute));
  setU32le(request, 0, request.length);
  setU16le(request, 4, RTM_GETLINK);
  setU16le(request, 6, name === undefined ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST);
  if (name === undefined) return request;
  setU16le(request, MESSAGE_HEADER + LINK_HEADER, attribute);
  setU16le(request, MESSAGE_HEADER + LINK_HEADER + 2, IFLA_IFNAME);
  request.set(text, MESSAGE_HEADER + LINK_HEADER + 4);
  return request;
}

/** Adds the interfaces in the first `length` bytes of a buffer to a list. */
export function readLinkMessages(b: Uint8Array, length: number, links: Link[]): Reply {
  return eachMessage(b, length, { type: RTM_NEWLINK, bytes: LINK_HEADER }, (start, end) => {
    links.push(readLink(b, start, end));
  });
}

/** Reads a struct ifinfomsg with its attributes. */
function readLink(b: Uint8Array, start: number, end: number): Link {
  const mac = new Uint8Array(6);
  let name = "";
  let mtu = 0;
  let carrier = false;
  let [rxPackets, txPackets, txDropped] = [0, 0, 0];
  eachAttribute(b, start + LINK_HEADER, end, (attribute, at, size) => {
    if (attribute === IFLA_IFNAME) name = textAt(b, at, size);
    else if (attribute === IFLA_ADDRESS && size === 6) mac.set(b.subarray(at, at + 6));
    else if (attribute === IFLA_MTU && size === 4) mtu = u32le(b, at);
    else if (attribute === IFLA_CARRIER && size === 1) carrier = b[at] === 1;
    else if (attribute === IFLA_STATS64 && size >= TX_DROPPED + 8) {
      rxPackets = u64le(b, at + RX_PACKETS);
      txPackets = u64le(b, at + TX_PACKETS);
      txDropped = u64le(b, at + TX_DROPPED);
    }
  });
  const up = (u32le(b, start + 8) & IFF_UP) !== 0;
  const index = u32le(b, start + 4);
  return {
    name,
    index,
    mac,
    up,
    carrier: up && carrier,
    type: u16le(b, start + 2),
    mtu,
    rxPackets,
    txPackets,
    txDropped,
  };
}

/** Exact up to 2^53. */
function u64le(b: Uint8Array, at: number): number {
  return u32le(b, at) + 2 ** 32 * u32le(b, at + 4);
}

/** Zero-terminated text. */
function textAt(b: Uint8Array, at: number, size: number): string {
  const text = Buffer.from(b.buffer, b.byteOffset + at, size).toString("utf8");
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}
