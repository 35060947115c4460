import { createRequire } from "node:module";
import { OsError } from "./errors.ts";

/** Result of a poll handle's turn: libuv's status (negative after an error on the descriptor) and what is possible. */
export type PollCallback = (status: number, events: { readable: boolean; writable: boolean }) => void;

/** A descriptor watched by Node's own event loop (level-triggered); no thread waits in the kernel for it. */
export interface PollHandle {
  start(options: { readable?: boolean; writable?: boolean }, callback: PollCallback): void;
  stop(): void;
  close(): void;
  ref(): void;
  unref(): void;
}

type Memory = Uint8Array | bigint;

/** The C functions this project calls. All return -1 on failure; `errno()` then gives the reason. Linux only. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  close(fd: number): number;
  bind(fd: number, address: Memory, length: number): number;
  connect(fd: number, address: Memory, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Memory, addressLength: Memory, flags: number): number;
  getsockname(fd: number, address: Memory, length: Memory): number;
  getpeername(fd: number, address: Memory, length: Memory): number;
  setsockopt(fd: number, level: number, name: number, value: Memory, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Memory, length: Memory): number;
  sendmmsg(fd: number, vector: Memory, count: number, flags: number): number;
  send(fd: number, bytes: Memory, length: number, flags: number): number;
  /** Like `sendmmsg`; the address of the vector is a number, and there is no timeout. */
  recvmmsg(fd: number, vector: number, count: number, flags: number): number;
  recvfrom(fd: number, buffer: Memory, length: number, flags: number, address: Memory, addressLength: Memory): number;
  ioctl(fd: number, request: number, argument: Memory): number;
  open(path: string, flags: number): number;
  /** Addresses are numbers: user space is below 2^47, and a number costs no allocation. */
  read(fd: number, address: number, length: number): number;
  write(fd: number, address: number, length: number): number;
  eventfd(value: number, flags: number): number;
  /** A system call that the C library has no function for. */
  syscall(number: number, a: number, b: Memory, c: number): number;
  /** The calling thread's capabilities (capabilities(7)); capabilities belong to threads, not to processes. */
  capset(header: Memory, data: Memory): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  flock(fd: number, operation: number): number;
  /** These four change the user and the groups of all threads. A list of groups is 32 bits each. */
  setuid(uid: number): number;
  setgid(gid: number): number;
  setgroups(count: number, groups: Memory): number;
  initgroups(user: string, gid: number): number;
  /** Returns only when it fails. Both lists end with null. */
  execve(path: string, args: readonly (string | null)[], env: readonly (string | null)[]): number;
  /** A child's status, 32 bits in the machine's order. */
  waitpid(pid: number, status: Memory, options: number): number;
  /** Waits in the calling thread; only for short bounded waits at close. */
  poll(fds: Memory, count: number, timeoutMs: number): number;
  /** Address of the mapping; 2^64 - 1 is MAP_FAILED. */
  mmap(length: number, protection: number, flags: number, fd: number): bigint;
  munmap(address: bigint, length: number): number;
  madvise(memory: Memory, length: number, advice: number): number;
  /** Address of memory that does not move: shared, of WebAssembly, or large. */
  addressOf(memory: ArrayBufferLike): number;
  /** Memory outside the JavaScript heap as an ordinary ArrayBuffer. */
  view(address: bigint, length: number): ArrayBuffer;
  /** Linux's errno of the last call. */
  errno(): number;
  /** Watches a descriptor; callbacks start with the next turn of the event loop. */
  watch(fd: number, options: { readable?: boolean; writable?: boolean }, callback: PollCallback): PollHandle;
}

type Koffi = typeof import("koffi");

let loaded: Libc | undefined;

/**
 * Binds the C library through koffi, once.
 * @throws OsError `not-linux` elsewhere, `no-koffi` when koffi has no binary for this machine.
 */
export function libc(): Libc {
  loaded ??= bind();
  return loaded;
}

/** Whether `libc()` works on this machine. */
export function hasLibc(): boolean {
  try {
    libc();
    return true;
  } catch {
    return false;
  }
}

function bind(): Libc {
  if (process.platform !== "linux") {
    throw new OsError(
      "not-linux",
      `live capture needs Linux, this is ${process.platform}; meter a capture file with "ngflow export -r FILE"`,
    );
  }
  let koffi: Koffi;
  try {
    koffi = createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new OsError("no-koffi", "the koffi package has no binary for this machine; run npm ci on this machine", {
      cause,
    });
  }
  const library = koffi.load(null);
  const call = <F>(signature: string): F => library.func(signature) as unknown as F;
  const mmap = call<(at: null, n: number, p: number, f: number, fd: number, o: number) => bigint>(
    "uintptr_t mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)",
  );
  const recvmmsg = call<(fd: number, vector: number, count: number, flags: number, timeout: number) => number>(
    "int recvmmsg(int fd, uintptr_t vector, unsigned int count, int flags, uintptr_t timeout)",
  );
  return {
    socket: call("int socket(int domain, int type, int protocol)"),
    close: call("int close(int fd)"),
    bind: call("int bind(int fd, void *address, uint32_t length)"),
    connect: call("int connect(int fd, void *address, uint32_t length)"),
    listen: call("int listen(int fd, int backlog)"),
    accept4: call("int accept4(int fd, void *address, void *addressLength, int flags)"),
    getsockname: call("int getsockname(int fd, void *address, void *length)"),
    getpeername: call("int getpeername(int fd, void *address, void *length)"),
    setsockopt: call("int setsockopt(int fd, int level, int name, void *value, uint32_t length)"),
    getsockopt: call("int getsockopt(int fd, int level, int name, void *value, void *length)"),
    sendmmsg: call("int sendmmsg(int fd, void *vector, unsigned int count, int flags)"),
    send: call("int64_t send(int fd, void *bytes, size_t length, int flags)"),
    recvmmsg: (fd, vector, count, flags) => recvmmsg(fd, vector, count, flags, 0),
    recvfrom: call(
      "int64_t recvfrom(int fd, void *buffer, size_t length, int flags, void *address, void *addressLength)",
    ),
    ioctl: call("int ioctl(int fd, unsigned long request, void *argument)"),
    open: call("int open(const char *path, int flags)"),
    read: call("int64_t read(int fd, uintptr_t address, size_t length)"),
    write: call("int64_t write(int fd, uintptr_t address, size_t length)"),
    eventfd: call("int eventfd(unsigned int value, int flags)"),
    syscall: call("long syscall(long number, long a, void *b, long c)"),
    capset: call("int capset(void *header, void *data)"),
    prctl: call("int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)"),
    fcntl: call("int fcntl(int fd, int command, int argument)"),
    flock: call("int flock(int fd, int operation)"),
    setuid: call("int setuid(uint32_t uid)"),
    setgid: call("int setgid(uint32_t gid)"),
    setgroups: call("int setgroups(size_t count, void *groups)"),
    initgroups: call("int initgroups(const char *user, uint32_t gid)"),
    execve: call("int execve(const char *path, const char **args, const char **env)"),
    waitpid: call("int waitpid(int pid, void *status, int options)"),
    poll: call("int poll(void *fds, unsigned long count, int timeoutMs)"),
    mmap: (length, protection, flags, fd) => BigInt(mmap(null, length, protection, flags, fd, 0)),
    munmap: call("int munmap(uintptr_t address, size_t length)"),
    madvise: call("int madvise(void *memory, size_t length, int advice)"),
    addressOf: (memory) => Number(koffi.address(new Uint8Array(memory))),
    view: (address, length) => koffi.view(address, length),
    errno: () => koffi.errno(),
    // The published types leave out the status, which the callback gets first (koffi 3.3, src/uv.cc).
    watch: (fd, options, callback) => koffi.node.poll(fd, options, callback as never) as unknown as PollHandle,
  };
}

/** mmap(2) results and arguments used here. */
export const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 1;
export const MAP_PRIVATE_ANONYMOUS = 0x22;
