import type { OpenDatagramSocket } from "./datagram-socket.ts";
import { DgramSocket } from "./dgram-socket.ts";
import { hasLibc } from "../libc.ts";
import { MessageSocket } from "./message-socket.ts";
import { AF_INET, AF_INET6, IPPROTO_UDP, type LinuxSocketKind, SOCK_DGRAM } from "./socket-descriptor.ts";

/** Opens the best UDP socket of this machine: batched sends on Linux, node:dgram elsewhere. */
export const openDatagramSocket: OpenDatagramSocket = (family) =>
  hasLibc() ? new MessageSocket(udpKind(family)) : new DgramSocket(family);

function udpKind(family: "inet" | "inet6"): LinuxSocketKind {
  return { domain: family === "inet" ? AF_INET : AF_INET6, type: SOCK_DGRAM, protocol: IPPROTO_UDP };
}
