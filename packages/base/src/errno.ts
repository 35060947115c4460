/** FreeBSD's error numbers and texts (reference: netgraph.md §8.15), whatever the host's own are. */
export const ERRNO = {
  EPERM: [1, "Operation not permitted"],
  ENOENT: [2, "No such file or directory"],
  EIO: [5, "Input/output error"],
  ENXIO: [6, "Device not configured"],
  E2BIG: [7, "Argument list too long"],
  ENOMEM: [12, "Cannot allocate memory"],
  EACCES: [13, "Permission denied"],
  EBUSY: [16, "Device busy"],
  EEXIST: [17, "File exists"],
  ENODEV: [19, "Operation not supported by device"],
  ENOTDIR: [20, "Not a directory"],
  EINVAL: [22, "Invalid argument"],
  EMFILE: [24, "Too many open files"],
  EPIPE: [32, "Broken pipe"],
  ERANGE: [34, "Result too large"],
  EAGAIN: [35, "Resource temporarily unavailable"],
  EINPROGRESS: [36, "Operation now in progress"],
  EALREADY: [37, "Operation already in progress"],
  EDESTADDRREQ: [39, "Destination address required"],
  EMSGSIZE: [40, "Message too long"],
  EPROTOTYPE: [41, "Protocol wrong type for socket"],
  ENOPROTOOPT: [42, "Protocol not available"],
  EPROTONOSUPPORT: [43, "Protocol not supported"],
  ESOCKTNOSUPPORT: [44, "Socket type not supported"],
  EOPNOTSUPP: [45, "Operation not supported"],
  EPFNOSUPPORT: [46, "Protocol family not supported"],
  EAFNOSUPPORT: [47, "Address family not supported by protocol family"],
  EADDRINUSE: [48, "Address already in use"],
  EADDRNOTAVAIL: [49, "Can't assign requested address"],
  ENETDOWN: [50, "Network is down"],
  ENETUNREACH: [51, "Network is unreachable"],
  ECONNABORTED: [53, "Software caused connection abort"],
  ECONNRESET: [54, "Connection reset by peer"],
  ENOBUFS: [55, "No buffer space available"],
  EISCONN: [56, "Socket is already connected"],
  ENOTCONN: [57, "Socket is not connected"],
  ETIMEDOUT: [60, "Operation timed out"],
  ECONNREFUSED: [61, "Connection refused"],
  ELOOP: [62, "Too many levels of symbolic links"],
  ENAMETOOLONG: [63, "File name too long"],
  EHOSTUNREACH: [65, "No route to host"],
  ENOSYS: [78, "Function not implemented"],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrnoName = keyof typeof ERRNO;

/** Error numbers by name, for the data path, where errors are numbers and 0 is success. */
export const E = Object.fromEntries(Object.entries(ERRNO).map(([name, row]) => [name, row[0]])) as {
  readonly [Name in ErrnoName]: (typeof ERRNO)[Name][0];
};

const TEXT_BY_NUMBER: ReadonlyMap<number, string> = new Map(Object.values(ERRNO).map((row) => [row[0], row[1]]));

/** FreeBSD's strerror(3) text. */
export function strerror(errno: number): string {
  return TEXT_BY_NUMBER.get(errno) ?? `Unknown error: ${errno}`;
}
