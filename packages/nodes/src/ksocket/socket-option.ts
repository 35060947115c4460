import { int32, NgError } from "@ngflow/graph";
import { type SocketOption, toFreebsdErrno } from "@ngflow/os";
import type { HostSocket } from "./host-socket.ts";
import { PF_INET, PF_INET6 } from "./hook-name.ts";

const SOL_SOCKET = 0xffff;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const LINUX_SOL_SOCKET = 1;
const TEXT_BYTES = 16;
const FREEBSD_DOMAIN: Readonly<Record<number, number>> = { 1: 1, 2: PF_INET, 10: PF_INET6 };

/**
 * How values differ: not at all but for their size in bytes; `flag`: a set flag is read as its own number; `buffer`:
 * Linux reports twice the size; `text`: a name; `error` and `domain`: numbers of their own. The last two cannot be set.
 */
type Form = number | "flag" | "buffer" | "text" | "error" | "domain" | "read-only";

interface OptionRow {
  readonly level: number;
  readonly name: number;
  readonly form: Form;
  /** The same for sockets that know options by name only. */
  readonly plain?: SocketOption;
}

const INT = 4;
const MREQ = 8;
const MREQ6 = 20;
const TIMEVAL = 16;

/**
 * FreeBSD's level/name (sys/socket.h, netinet/in.h, netinet6/in6.h, netinet/tcp.h) to Linux's name, form of the value.
 */
const OF_SOCKET: readonly [name: number, linux: number, form: Form, plain?: SocketOption][] = [
  [0x0001, 1, "flag"], // SO_DEBUG
  [0x0002, 30, "read-only"], // SO_ACCEPTCONN
  [0x0004, 2, "flag", "reuseAddress"], // SO_REUSEADDR
  [0x0008, 9, "flag"], // SO_KEEPALIVE
  [0x0010, 5, "flag"], // SO_DONTROUTE
  [0x0020, 6, "flag", "broadcast"], // SO_BROADCAST
  [0x0080, 13, 8], // SO_LINGER, struct linger
  [0x0100, 10, "flag"], // SO_OOBINLINE
  [0x0200, 15, "flag", "reusePort"], // SO_REUSEPORT
  [0x1001, 7, "buffer", "sendBuffer"], // SO_SNDBUF
  [0x1002, 8, "buffer", "receiveBuffer"], // SO_RCVBUF
  [0x1003, 19, INT], // SO_SNDLOWAT
  [0x1004, 18, INT], // SO_RCVLOWAT
  [0x1005, 21, TIMEVAL], // SO_SNDTIMEO
  [0x1006, 20, TIMEVAL], // SO_RCVTIMEO
  [0x1007, 4, "error"], // SO_ERROR
  [0x1008, 3, "read-only"], // SO_TYPE
  [0x1016, 38, "read-only"], // SO_PROTOCOL
  [0x1019, 39, "domain"], // SO_DOMAIN
];
const OF_IPV4: typeof OF_SOCKET = [
  [2, 3, INT], // IP_HDRINCL
  [3, 1, INT, "tos"], // IP_TOS
  [4, 2, INT, "ttl"], // IP_TTL
  [9, 32, INT], // IP_MULTICAST_IF, an address
  [10, 33, INT], // IP_MULTICAST_TTL
  [11, 34, INT], // IP_MULTICAST_LOOP
  [12, 35, MREQ], // IP_ADD_MEMBERSHIP
  [13, 36, MREQ], // IP_DROP_MEMBERSHIP
  [66, 21, INT], // IP_MINTTL
];
const OF_IPV6: typeof OF_SOCKET = [
  [4, 16, INT, "ttl"], // IPV6_UNICAST_HOPS
  [9, 17, INT], // IPV6_MULTICAST_IF, an index
  [10, 18, INT], // IPV6_MULTICAST_HOPS
  [11, 19, INT], // IPV6_MULTICAST_LOOP
  [12, 20, MREQ6], // IPV6_JOIN_GROUP
  [13, 21, MREQ6], // IPV6_LEAVE_GROUP
  [27, 26, INT], // IPV6_V6ONLY
  [61, 67, INT, "tos"], // IPV6_TCLASS
  [62, 62, INT], // IPV6_DONTFRAG
];
const OF_TCP: typeof OF_SOCKET = [
  [1, 1, INT], // TCP_NODELAY
  [2, 2, INT], // TCP_MAXSEG
  [4, 3, INT], // TCP_NOPUSH
  [64, 13, "text"], // TCP_CONGESTION
  [256, 4, INT], // TCP_KEEPIDLE
  [512, 5, INT], // TCP_KEEPINTVL
  [1024, 6, INT], // TCP_KEEPCNT
];

const ROWS: ReadonlyMap<string, OptionRow> = new Map(
  (
    [
      [SOL_SOCKET, LINUX_SOL_SOCKET, OF_SOCKET],
      [IPPROTO_IP, IPPROTO_IP, OF_IPV4],
      [IPPROTO_IPV6, IPPROTO_IPV6, OF_IPV6],
      [IPPROTO_TCP, IPPROTO_TCP, OF_TCP],
    ] as const
  ).flatMap(([freebsdLevel, level, rows]) =>
    rows.map(([name, linux, form, plain]): [string, OptionRow] => [
      `${freebsdLevel}/${name}`,
      { level, name: linux, form, ...(plain === undefined ? {} : { plain }) },
    ]),
  ),
);

/** @throws NgError ENOPROTOOPT for options that Linux does not have, or of another address family. */
function rowOf(family: number, level: number, name: number): OptionRow {
  const row = ROWS.get(`${level}/${name}`);
  const foreign = (level === IPPROTO_IP && family !== PF_INET) || (level === IPPROTO_IPV6 && family !== PF_INET6);
  if (row === undefined || foreign) throw new NgError("ENOPROTOOPT");
  return row;
}

/** @throws NgError EINVAL when the value is shorter. */
function intOf(value: Uint8Array): number {
  return int32.read(value.subarray(0, INT));
}

/** The part of a value that the option takes: values made from text are longer than they need to be. */
function linuxValue(form: Form, value: Uint8Array): Uint8Array {
  if (form === "text") {
    const end = value.indexOf(0);
    return value.subarray(0, Math.min(end < 0 ? value.length : end, TEXT_BYTES));
  }
  if (form === "error" || form === "domain" || form === "read-only") throw new NgError("ENOPROTOOPT");
  const size = typeof form === "number" ? form : INT;
  if (value.length < size) throw new NgError("EINVAL");
  return value.subarray(0, size);
}

/**
 * Sets an option by FreeBSD's numbers. Returns the part of the value that counts.
 * @throws NgError ENOPROTOOPT for options that are not carried over, EINVAL for a value that is too short; KernelError.
 */
export function setSocketOption(
  socket: HostSocket,
  family: number,
  level: number,
  name: number,
  value: Uint8Array,
): Uint8Array {
  const row = rowOf(family, level, name);
  const bytes = linuxValue(row.form, value);
  if (socket.setRawOption !== undefined) socket.setRawOption(row.level, row.name, bytes);
  else if (row.plain === undefined) throw new NgError("ENOPROTOOPT");
  else socket.setOption(row.plain, intOf(bytes));
  return bytes.slice();
}

/**
 * Reads an option by FreeBSD's numbers.
 * @throws NgError ENOPROTOOPT for options that are not carried over; KernelError.
 */
export function getSocketOption(socket: HostSocket, family: number, level: number, name: number): Uint8Array {
  const row = rowOf(family, level, name);
  if (socket.getRawOption === undefined) {
    if (row.plain === undefined) throw new NgError("ENOPROTOOPT");
    return int32.write(socket.getOption(row.plain));
  }
  const value = socket.getRawOption(row.level, row.name);
  switch (row.form) {
    case "flag":
      return int32.write(intOf(value) === 0 ? 0 : name);
    case "buffer":
      return int32.write(intOf(value) >>> 1);
    case "error":
      return int32.write(intOf(value) === 0 ? 0 : toFreebsdErrno(intOf(value)));
    case "domain":
      return int32.write(FREEBSD_DOMAIN[intOf(value)] ?? 0);
    default:
      return value;
  }
}
