import { type CapabilityName, type CapabilitySet, capabilitySet, heldByAnyThread } from "./capability.ts";
import { hasLibc, type Libc, libc } from "../libc.ts";
import { KernelError } from "../linux-errno.ts";
import { setUser } from "./identity.ts";

/** linux/capability.h and linux/prctl.h. */
const CAPABILITY_VERSION_3 = 0x20080522;
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_SECUREBITS = 28;
const SECBIT_NO_SETUID_FIXUP = 1 << 2;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const F_SETFD = 2;
/** Capabilities that a kernel may have. */
const CAPABILITIES = 64;

/** Sets the capabilities of the calling thread; what it may use, it also passes on. @throws KernelError */
function setCapabilities(c: Libc, set: CapabilitySet): void {
  const header = Uint32Array.of(CAPABILITY_VERSION_3, 0);
  const [low, high] = [Number(set & 0xffff_ffffn), Number(set >> 32n)];
  const data = Uint32Array.of(low, low, low, high, high, high);
  if (c.capset(new Uint8Array(header.buffer), new Uint8Array(data.buffer)) < 0) {
    throw new KernelError(c.errno(), "cannot drop capabilities");
  }
}

/** What the program is re-executed with. */
export interface Restart {
  /** Path of the program, its arguments from argv[0] on, and its environment. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Descriptors that it inherits besides standard input, output and error. */
  readonly keepOpen: readonly number[];
  /** User and group that the process changes to. It must be root, and may not keep a group that it should not have. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Restricts this process to some of its capabilities, in all its threads. Linux keeps capabilities by the thread, and
 * Node.js has threads before the first line of a program runs; so the program is re-executed in the same process
 * (execve(2)), restricted from its first thread on, with no way to gain more (bounding set, no_new_privs). Returns,
 * having done nothing, when no thread holds more; also elsewhere than on Linux, and for a root who may not lower the
 * bounding set, from which root gets everything back. With a user, the process changes to that user and keeps the
 * capabilities as ambient ones.
 *
 * @throws KernelError when capabilities are dropped but the program cannot be re-executed.
 */
export function confine(keep: readonly CapabilityName[], restart: Restart): void {
  const kept = capabilitySet(keep);
  const held = heldByAnyThread();
  const { user } = restart;
  if (!hasLibc()) {
    if (user !== undefined) setUser(user);
    return;
  }
  if (user === undefined) {
    if ((held & ~kept) === 0n) return;
    const isRoot = process.getuid?.() === 0 || process.geteuid?.() === 0;
    if (isRoot && (held & capabilitySet(["setpcap"])) === 0n) return;
  }
  const c = libc();
  for (let n = 0; n < CAPABILITIES; n++) {
    if (((kept >> BigInt(n)) & 1n) === 0n) c.prctl(PR_CAPBSET_DROP, n, 0, 0, 0);
  }
  c.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (user !== undefined) {
    // For this thread, which execve continues: a change from root to another user would drop them all, and access(2)
    // would not count them.
    c.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
    c.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    setUser(user);
  }
  setCapabilities(c, kept & held);
  // Root gets its bounding set at execve; other users get what is ambient.
  for (let n = 0; n < CAPABILITIES; n++) {
    if ((((kept & held) >> BigInt(n)) & 1n) !== 0n) c.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0, 0);
  }
  // Node.js marks them all to be closed.
  for (const fd of [0, 1, 2, ...restart.keepOpen]) c.fcntl(fd, F_SETFD, 0);
  const env = Object.entries(restart.env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  c.execve(restart.path, [...restart.args, null], [...env, null]);
  throw new KernelError(c.errno(), `cannot re-execute ${restart.path}`);
}

/** Drops all capabilities of the calling thread, and of those it makes from now on. @throws KernelError */
export function dropThreadCapabilities(): void {
  if (heldByAnyThread() !== 0n && hasLibc()) setCapabilities(libc(), 0n);
}
