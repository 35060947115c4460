const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

/** An IPv4, IPv6 or Unix socket address without the layout of any system. */
export interface SocketAddress {
  readonly family: "inet" | "inet6" | "local";
  /** 4 or 16 bytes; of `local` the bytes of the path, none for a socket without name. */
  readonly address: Uint8Array;
  readonly port: number;
  /**
   * IPv6 only: flow label and traffic class as the 32 bits of the header, and the interface of a link-local address.
   */
  readonly flowInfo: number;
  readonly scopeId: number;
}

/** Bytes of the longest struct, sockaddr_un. */
export const LINUX_ADDRESS_BYTES = 110;

/** struct sockaddr_in, sockaddr_in6 or sockaddr_un of Linux. */
export function toLinuxAddress(from: SocketAddress): Uint8Array {
  if (from.family === "local") {
    const path = new Uint8Array(2 + from.address.length + 1);
    path[0] = AF_UNIX;
    path.set(from.address, 2);
    return path;
  }
  const bytes = new Uint8Array(from.family === "inet" ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, from.family === "inet" ? AF_INET : AF_INET6, true);
  view.setUint16(2, from.port, false);
  if (from.family === "inet") {
    bytes.set(from.address, 4);
  } else {
    view.setUint32(4, from.flowInfo, false);
    bytes.set(from.address, 8);
    view.setUint32(24, from.scopeId, true);
  }
  return bytes;
}

/** The reverse, `bytes` being as many as the kernel wrote; undefined for other families. */
export function fromLinuxAddress(bytes: Uint8Array): SocketAddress | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
  if (family === AF_UNIX) {
    const end = bytes.indexOf(0, 2);
    return { family: "local", address: bytes.slice(2, end < 0 ? undefined : end), port: 0, flowInfo: 0, scopeId: 0 };
  }
  const port = view.getUint16(2, false);
  if (family === AF_INET) return { family: "inet", address: bytes.slice(4, 8), port, flowInfo: 0, scopeId: 0 };
  if (family !== AF_INET6) return undefined;
  return {
    family: "inet6",
    address: bytes.slice(8, 24),
    port,
    flowInfo: view.getUint32(4, false),
    scopeId: view.getUint32(24, true),
  };
}
