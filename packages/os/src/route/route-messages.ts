import { u16le, u32le } from "@ngflow/base";
import {
  aligned,
  eachAttribute,
  eachMessage,
  MESSAGE_HEADER,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  type Reply,
} from "../netlink/message.ts";
import type { PrefixRoute, PrefixRoutes } from "./prefix-routes.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const ROUTE_HEADER = 12;
const RTM_F_CLONED = 0x200;
const RTNH_F_DEAD = 1;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_MULTIPATH = 9;
const RTN_LOCAL = 2;
const RTN_BLACKHOLE = 6;
const RTN_THROW = 9;
const TABLE_MAIN = 254;
const TABLE_LOCAL = 255;
/** The loopback interface's index, in every network namespace. */
const LOOPBACK = 1;

/** The request for all routes of a family (rtnetlink(7)). */
export function routesRequest(family: 4 | 6): Uint8Array {
  const request = new Uint8Array(MESSAGE_HEADER + ROUTE_HEADER);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, RTM_GETROUTE, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  request[MESSAGE_HEADER] = family === 4 ? AF_INET : AF_INET6;
  return request;
}

/** Adds the routes in the first `length` bytes of a buffer to a table. */
export function readRouteMessages(b: Uint8Array, length: number, table: PrefixRoutes): Reply {
  return eachMessage(b, length, { type: RTM_NEWROUTE, bytes: ROUTE_HEADER }, (start, end) => {
    const route = readRoute(b, start, end);
    if (route !== undefined) table.add(route);
  });
}

interface Hop {
  interfaceIndex: number;
  gateway: Uint8Array | undefined;
  dead: boolean;
}

/**
 * Reads a struct rtmsg with its attributes; undefined for other tables and families, caches, type-of-service and dead
 * routes.
 */
function readRoute(b: Uint8Array, start: number, end: number): PrefixRoute | undefined {
  const family = b[start] === AF_INET ? 4 : b[start] === AF_INET6 ? 6 : undefined;
  const prefixLength = b[start + 1]!;
  const typeOfService = b[start + 3]!;
  const tableNumber = b[start + 4]!;
  const type = b[start + 7]!;
  const flags = u32le(b, start + 8);
  if (family === undefined || (tableNumber !== TABLE_MAIN && tableNumber !== TABLE_LOCAL)) return undefined;
  if ((flags & RTM_F_CLONED) !== 0 || typeOfService !== 0) return undefined;
  const bytes = family === 4 ? 4 : 16;
  if (prefixLength > 8 * bytes) return undefined;
  let prefix = new Uint8Array(bytes);
  let metric = 0;
  const hop: Hop = { interfaceIndex: 0, gateway: undefined, dead: (flags & RTNH_F_DEAD) !== 0 };
  eachAttribute(b, start + ROUTE_HEADER, end, (attribute, at, size) => {
    if (attribute === RTA_DST && size === bytes) prefix = b.slice(at, at + size);
    else if (attribute === RTA_PRIORITY && size === 4) metric = u32le(b, at);
    else if (attribute === RTA_MULTIPATH) readNextHops(b, at, at + size, bytes, hop);
    else readHopAttribute(b, attribute, at, size, bytes, hop);
  });
  if (hop.dead) return undefined;
  const unreachable = type >= RTN_BLACKHOLE && type <= RTN_THROW;
  return {
    family,
    prefix,
    prefixLength,
    interfaceIndex: type === RTN_LOCAL ? LOOPBACK : hop.interfaceIndex,
    gateway: hop.gateway,
    // The local table is looked at before the main one.
    rank: tableNumber === TABLE_LOCAL ? metric - 2 ** 32 : metric,
    unreachable,
  };
}

function readHopAttribute(b: Uint8Array, attribute: number, at: number, size: number, bytes: number, hop: Hop): void {
  if (attribute === RTA_OIF && size === 4) hop.interfaceIndex = u32le(b, at);
  else if (attribute === RTA_GATEWAY && size === bytes) hop.gateway = b.slice(at, at + size);
}

/**
 * The first of several next hops that is alive: struct rtnexthop is length, flags, hops, interface, then attributes of
 * its own.
 */
function readNextHops(b: Uint8Array, from: number, end: number, bytes: number, hop: Hop): void {
  for (let at = from; end - at >= 8;) {
    const size = u16le(b, at);
    if (size < 8 || size > end - at) return;
    hop.dead = (b[at + 2]! & RTNH_F_DEAD) !== 0;
    hop.interfaceIndex = u32le(b, at + 4);
    hop.gateway = undefined;
    eachAttribute(b, at + 8, at + size, (attribute, valueAt, valueSize) => {
      readHopAttribute(b, attribute, valueAt, valueSize, bytes, hop);
    });
    if (!hop.dead) return;
    at += aligned(size);
  }
}
