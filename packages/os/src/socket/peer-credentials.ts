import { hasLibc, libc } from "../libc.ts";
import { KernelError, LINUX, linuxErrnoName } from "../linux-errno.ts";

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
/** `struct ucred`: pid, uid and gid, 32 bits each. */
const CREDENTIAL_BYTES = 12;
const GROUPS_AT_FIRST = 64;
const GROUP_BYTES = 4;

/** Who opened the other end of a Unix socket, as it was at connect(2), or at listen(2) of a server. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Its further groups. */
  readonly groups: readonly number[];
}

/**
 * The kernel's word on the other end of a connected Unix socket (unix(7): SO_PEERCRED, SO_PEERGROUPS). Undefined
 * elsewhere than on Linux.
 * @param fd a connected stream or seqpacket socket.
 * @throws KernelError when it is not one.
 */
export function peerCredentials(fd: number): PeerCredentials | undefined {
  if (!hasLibc()) return undefined;
  const bytes = new DataView(option(fd, SO_PEERCRED, CREDENTIAL_BYTES).buffer);
  const [pid, uid, gid] = [0, 4, 8].map((at) => bytes.getUint32(at, true)) as [number, number, number];
  return { pid, uid, gid, groups: groupsOf(fd) };
}

/** Empty for a kernel before 4.13, which does not know the option. */
function groupsOf(fd: number): number[] {
  try {
    const bytes = option(fd, SO_PEERGROUPS, GROUPS_AT_FIRST * GROUP_BYTES);
    return [...new Uint32Array(bytes.buffer, 0, bytes.length / GROUP_BYTES)];
  } catch (error) {
    if (error instanceof KernelError && error.code === "ENOPROTOOPT") return [];
    throw error;
  }
}

/** The value of an option. The kernel says how long it is (ERANGE) if there is not enough room. */
function option(fd: number, name: number, room: number): Uint8Array<ArrayBuffer> {
  const value = new Uint8Array(room);
  const length = Uint32Array.of(room);
  if (libc().getsockopt(fd, SOL_SOCKET, name, value, new Uint8Array(length.buffer)) === 0)
    return value.subarray(0, length[0]);
  const errno = libc().errno();
  if (errno === LINUX.ERANGE && length[0]! > room) return option(fd, name, length[0]!);
  throw new KernelError(errno, `credentials of a peer: ${linuxErrnoName(errno)}`);
}
