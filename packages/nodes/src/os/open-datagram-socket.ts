import type { OpenDatagramSocket } from "./datagram-socket.ts";
import { DgramSocket } from "./dgram-socket.ts";
import { hasLibc } from "./libc.ts";
import { UdpSocket } from "./udp-socket.ts";

/** Opens the best UDP socket of this machine: batched sends on Linux, node:dgram elsewhere. */
export const openDatagramSocket: OpenDatagramSocket = (family) =>
  hasLibc() ? new UdpSocket(family) : new DgramSocket(family);
