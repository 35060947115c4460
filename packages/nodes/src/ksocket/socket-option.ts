import { NgError } from "@ngflow/graph";
import type { SocketOption } from "../os/datagram-socket.ts";
import { PF_INET } from "./hook-name.ts";

/** FreeBSD's ENOPROTOOPT. */
const ENOPROTOOPT = 42;
const SOL_SOCKET = 0xffff;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;

const BY_NUMBER: ReadonlyMap<string, SocketOption> = new Map([
  [`${SOL_SOCKET}/${0x0004}`, "reuseAddress"],
  [`${SOL_SOCKET}/${0x0020}`, "broadcast"],
  [`${SOL_SOCKET}/${0x0200}`, "reusePort"],
  [`${SOL_SOCKET}/${0x1001}`, "sendBuffer"],
  [`${SOL_SOCKET}/${0x1002}`, "receiveBuffer"],
  [`${IPPROTO_IP}/3`, "tos"],
  [`${IPPROTO_IP}/4`, "ttl"],
  [`${IPPROTO_IPV6}/4`, "ttl"],
  [`${IPPROTO_IPV6}/61`, "tos"],
]);

/**
 * The option behind FreeBSD's level and name.
 * @throws NgError ENOPROTOOPT for options that are not carried over, or of the other address family.
 */
export function socketOption(family: number, level: number, name: number): SocketOption {
  const option = BY_NUMBER.get(`${level}/${name}`);
  const otherFamily = family === PF_INET ? IPPROTO_IPV6 : IPPROTO_IP;
  if (option === undefined || level === otherFamily) throw new NgError(ENOPROTOOPT);
  return option;
}
