import { KernelError, LINUX } from "../linux-errno.ts";
import { readInterface } from "../interface/interfaces.ts";
import { AF_INET, type SocketDescriptor } from "./socket-descriptor.ts";

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const IPPROTO_IP = 0;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IPPROTO_IPV6 = 41;
const IPV6_JOIN_GROUP = 20;
const IPV6_MULTICAST_ALL = 29;

/** Index of an interface, given by name or number. @throws KernelError ENODEV when there is none */
export function interfaceIndex(zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const found = readInterface(zone);
  if (found === undefined) throw new KernelError(LINUX.ENODEV, `"${zone}" is not an interface`);
  return found.index;
}

/** Before the bind to a group: other programs may receive from it too, each gets every datagram. */
export function shareGroup(socket: SocketDescriptor): void {
  socket.setInteger(SOL_SOCKET, SO_REUSEADDR, 1);
}

/**
 * Joins a multicast group (ip(7), ipv6(7)). The socket gets what comes by this interface, and nothing of memberships of
 * other sockets.
 * @param group 4 or 16 bytes
 * @param index of the interface; 0 for the one that the routes choose
 * @throws KernelError ENODEV when there is no such interface, or no route to the group
 */
export function joinGroup(socket: SocketDescriptor, group: Uint8Array, index: number): void {
  const isIpv4 = socket.kind.domain === AF_INET;
  // struct ip_mreqn: group, local address, index; struct ipv6_mreq: group, index.
  const request = new Uint8Array(isIpv4 ? 12 : 20);
  request.set(group);
  new DataView(request.buffer).setInt32(isIpv4 ? 8 : 16, index, true);
  if (isIpv4) {
    socket.setInteger(IPPROTO_IP, IP_MULTICAST_ALL, 0);
    socket.setRawOption(IPPROTO_IP, IP_ADD_MEMBERSHIP, request);
  } else {
    socket.setInteger(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
    socket.setRawOption(IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
  }
}
