const AF_INET = 2;
const AF_INET6 = 10;

/** An IPv4 or IPv6 socket address without the layout of any system. */
export interface SocketAddress {
  readonly family: "inet" | "inet6";
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
  /** IPv6 only: flow label and traffic class as the 32 bits of the header, and the interface of a link-local address. */
  readonly flowInfo: number;
  readonly scopeId: number;
}

/** struct sockaddr_in or sockaddr_in6 of Linux. */
export function toLinuxAddress(from: SocketAddress): Uint8Array {
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

/** The reverse; undefined for other families. */
export function fromLinuxAddress(bytes: Uint8Array): SocketAddress | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = view.getUint16(0, true);
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
