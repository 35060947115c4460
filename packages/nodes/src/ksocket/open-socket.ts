import { NgError } from "@ngflow/graph";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  ConnectionSocket,
  hasLibc,
  KernelError,
  MessageSocket,
  openDatagramSocket,
} from "@ngflow/os";
import {
  IPPROTO_UDP,
  PF_INET,
  PF_INET6,
  PF_LOCAL,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from "./hook-name.ts";
import type { HostSocket, SocketKind } from "./host-socket.ts";

const DOMAINS: ReadonlyMap<number, number> = new Map([
  [PF_LOCAL, AF_UNIX],
  [PF_INET, AF_INET],
  [PF_INET6, AF_INET6],
]);
const IPPROTO_IPV6 = 41;
/** Highest number of the protocol field of IP. Linux has numbers above it for protocols of its own. */
const MAX_PROTOCOL = 255;
const IPV6_V6ONLY = 26;
/** Refusals by which Linux says that it has no such type or protocol. */
const NO_SUCH_KIND = new Set(["EINVAL", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "EPROTOTYPE"]);

/** What socket(2) says to a type and protocol that its family does not have. */
function refusal({ type, protocol }: SocketKind): NgError {
  return new NgError(protocol === 0 && type !== 0 ? "EPROTOTYPE" : "EPROTONOSUPPORT");
}

function openLinux(kind: SocketKind): HostSocket {
  const { type, protocol } = kind;
  const domain = DOMAINS.get(kind.family)!;
  const connected = type === SOCK_STREAM || type === SOCK_SEQPACKET;
  if (!connected && type !== SOCK_DGRAM && type !== SOCK_RAW) throw refusal(kind);
  // Linux would take a raw local socket for one of datagrams, and has a number for local sockets' only protocol.
  if (domain === AF_UNIX && (type === SOCK_RAW || protocol !== 0)) throw refusal(kind);
  // FreeBSD's divert is 258. Linux would open a raw socket of that number, which nothing can ever reach.
  if (domain !== AF_UNIX && protocol > MAX_PROTOCOL) throw refusal(kind);
  const numbers = { domain, type, protocol };
  const socket = connected ? new ConnectionSocket(numbers) : new MessageSocket(numbers);
  // FreeBSD's IPv6 sockets do not take IPv4.
  if (domain === AF_INET6) socket.setRawOption(IPPROTO_IPV6, IPV6_V6ONLY, Uint8Array.of(1, 0, 0, 0));
  return socket;
}

/** Elsewhere than on Linux: UDP only. */
function openAnywhere(kind: SocketKind): HostSocket {
  const { family, type, protocol } = kind;
  if (family === PF_LOCAL || type !== SOCK_DGRAM) throw refusal(kind);
  if (protocol !== 0 && protocol !== IPPROTO_UDP) throw refusal(kind);
  return openDatagramSocket(family === PF_INET ? "inet" : "inet6");
}

/**
 * Opens a socket of the host.
 * @throws NgError EAFNOSUPPORT for families other than local, inet and inet6, EPROTOTYPE or EPROTONOSUPPORT for a type
 * and protocol that the family does not have, EPERM for raw sockets without CAP_NET_RAW, or the system's refusal.
 */
export function openSocket(kind: SocketKind): HostSocket {
  if (!DOMAINS.has(kind.family)) throw new NgError("EAFNOSUPPORT");
  try {
    return hasLibc() ? openLinux(kind) : openAnywhere(kind);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw NO_SUCH_KIND.has(error.code) ? refusal(kind) : new NgError(error.errno);
  }
}

/**
 * The same without local sockets: their names are files, which whoever may make nodes could make and open with the
 * rights of this process.
 * @throws NgError EACCES for a local socket, otherwise as `openSocket`.
 */
export function openNetworkSocket(kind: SocketKind): HostSocket {
  if (kind.family === PF_LOCAL) throw new NgError("EACCES");
  return openSocket(kind);
}
