import type { SocketOption } from "./datagram-socket.ts";
import { AF_INET6 } from "./socket-descriptor.ts";

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;

type Numbers = readonly [level: number, name: number];

/** Level and name of options (linux asm-generic/socket.h, in.h, in6.h); of `ttl` and `tos` those of IPv4. */
const OPTIONS: Readonly<Record<SocketOption, Numbers>> = {
  sendBuffer: [SOL_SOCKET, 7],
  receiveBuffer: [SOL_SOCKET, 8],
  reuseAddress: [SOL_SOCKET, 2],
  reusePort: [SOL_SOCKET, 15],
  broadcast: [SOL_SOCKET, 6],
  ttl: [IPPROTO_IP, 2],
  tos: [IPPROTO_IP, 1],
};
const OF_IPV6: Partial<Record<SocketOption, Numbers>> = { ttl: [IPPROTO_IPV6, 16], tos: [IPPROTO_IPV6, 67] };

/** Linux's level and name of an option, by the socket's domain. */
export function linuxOption(domain: number, option: SocketOption): Numbers {
  return (domain === AF_INET6 ? OF_IPV6[option] : undefined) ?? OPTIONS[option];
}
