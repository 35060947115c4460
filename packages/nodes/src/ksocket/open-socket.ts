import { NgError } from "@ngflow/graph";
import type { DatagramSocket } from "../os/datagram-socket.ts";
import { KernelError } from "../os/linux-errno.ts";
import { openDatagramSocket } from "../os/open-datagram-socket.ts";
import { IPPROTO_UDP, PF_INET, PF_INET6, SOCK_DGRAM, type SocketKind } from "./hook-name.ts";

/**
 * Opens a UDP socket of the host.
 * @throws NgError EAFNOSUPPORT for families other than inet and inet6, EPROTONOSUPPORT for other types and protocols,
 * or the system's refusal.
 */
export function openSocket({ family, type, protocol }: SocketKind): DatagramSocket {
  if (family !== PF_INET && family !== PF_INET6) throw new NgError("EAFNOSUPPORT");
  if (type !== SOCK_DGRAM || (protocol !== 0 && protocol !== IPPROTO_UDP)) throw new NgError("EPROTONOSUPPORT");
  try {
    return openDatagramSocket(family === PF_INET ? "inet" : "inet6");
  } catch (error) {
    throw error instanceof KernelError ? new NgError(error.errno) : error;
  }
}
