import { NgError } from "@ngflow/graph";
import type { SocketAddress } from "@ngflow/os";
import { PF_INET, PF_INET6, PF_LOCAL } from "./hook-name.ts";

/** Sizes of FreeBSD's structures. */
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;
const SUN_PATH_BYTES = 104;
/** What a local socket without name has for an address. */
const NO_NAME_BYTES = 16;

/**
 * Reads FreeBSD's sockaddr: a length byte, a family byte, then the family's data.
 * @throws NgError EINVAL when shorter than its own length or than its family needs, EAFNOSUPPORT for other families;
 * of a local address EINVAL without a path or with one longer than 104 bytes, ENOENT for an empty one.
 */
export function readSockaddr(bytes: Uint8Array): SocketAddress {
  if (bytes.length < 2 || bytes.length < bytes[0]!) throw new NgError("EINVAL");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = bytes[1]!;
  if (family === PF_INET) {
    if (bytes[0] !== SOCKADDR_IN_BYTES) throw new NgError("EINVAL");
    return { family: "inet", address: bytes.slice(4, 8), port: view.getUint16(2, false), flowInfo: 0, scopeId: 0 };
  }
  if (family === PF_LOCAL) return readLocal(bytes.subarray(2, bytes[0]));
  if (family !== PF_INET6) throw new NgError("EAFNOSUPPORT");
  if (bytes[0] !== SOCKADDR_IN6_BYTES) throw new NgError("EINVAL");
  return {
    family: "inet6",
    address: bytes.slice(8, 24),
    port: view.getUint16(2, false),
    flowInfo: view.getUint32(4, false),
    scopeId: view.getUint32(24, true),
  };
}

function readLocal(path: Uint8Array): SocketAddress {
  if (path.length === 0 || path.length > SUN_PATH_BYTES) throw new NgError("EINVAL");
  const end = path.indexOf(0);
  if (end === 0) throw new NgError("ENOENT");
  return { family: "local", address: path.slice(0, end < 0 ? undefined : end), port: 0, flowInfo: 0, scopeId: 0 };
}

function writeLocal(path: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(path.length === 0 ? NO_NAME_BYTES : 2 + path.length);
  bytes[0] = bytes.length;
  bytes[1] = PF_LOCAL;
  bytes.set(path, 2);
  return bytes;
}

/** FreeBSD's sockaddr of an address. */
export function writeSockaddr(from: SocketAddress): Uint8Array {
  if (from.family === "local") return writeLocal(from.address);
  const bytes = new Uint8Array(from.family === "inet" ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  bytes[1] = from.family === "inet" ? PF_INET : PF_INET6;
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
