import { E, EXIT, NgflowError } from "@ngflow/base";

/** Linux's error numbers that this project meets (asm-generic/errno.h), by name. */
export const LINUX = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  EMFILE: 24,
  ENFILE: 23,
  ENOTDIR: 20,
  EISDIR: 21,
  ENOSPC: 28,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ELOOP: 40,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  EPROTOTYPE: 91,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

const NAME_BY_NUMBER: ReadonlyMap<number, string> = new Map(Object.entries(LINUX).map(([name, n]) => [n, name]));

/** Numbers of FreeBSD that the graph's own table does not list (sys/errno.h). */
const FREEBSD_ONLY: Readonly<Record<string, number>> = {
  EBADF: 9,
  ENODEV: 19,
  EISDIR: 21,
  ENFILE: 23,
  ENOSPC: 28,
  EROFS: 30,
  ERANGE: 34,
};

/** Name of a Linux error number, or its decimal form. */
export function linuxErrnoName(errno: number): string {
  return NAME_BY_NUMBER.get(errno) ?? String(errno);
}

/** FreeBSD's number of the same error, EIO where there is none: what netgraph's callers expect. */
export function toFreebsdErrno(linuxErrno: number): number {
  const name = linuxErrnoName(linuxErrno);
  return (E as Readonly<Record<string, number>>)[name] ?? FREEBSD_ONLY[name] ?? E.EIO;
}

/** An error of the kernel: NgflowError whose code is the errno's name, with the number for netgraph's callers. */
export class KernelError extends NgflowError {
  /** FreeBSD's number. */
  readonly errno: number;

  constructor(linuxErrno: number, message: string) {
    super(linuxErrnoName(linuxErrno), message, EXIT.os);
    this.name = "KernelError";
    this.errno = toFreebsdErrno(linuxErrno);
  }
}
