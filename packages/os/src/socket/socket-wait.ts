import { type Libc, libc } from "../libc.ts";
import { KernelError, linuxErrnoName } from "../linux-errno.ts";

const EFD_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const POLLIN = 1;
const COUNTER_BYTES = 8;

/** A descriptor by which one thread ends the wait of another (eventfd(2)). Each thread makes its own object. */
export class WakeUp {
  readonly fd: number;
  readonly #c: Libc;
  readonly #value = new BigUint64Array(new SharedArrayBuffer(COUNTER_BYTES));
  readonly #address: number;

  /** Opens a descriptor, or uses one that another thread opened. @throws KernelError EMFILE */
  constructor(fd?: number) {
    this.#c = libc();
    this.fd = fd ?? this.#c.eventfd(0, EFD_NONBLOCK_CLOEXEC);
    if (this.fd < 0) throw new KernelError(this.#c.errno(), `no event descriptor: ${linuxErrnoName(this.#c.errno())}`);
    this.#address = this.#c.addressOf(this.#value.buffer);
  }

  /** Ends the other thread's wait, or its next one. */
  wake(): void {
    this.#value[0] = 1n;
    this.#c.write(this.fd, this.#address, COUNTER_BYTES);
  }

  /** Takes back what `wake` did. */
  clear(): void {
    this.#c.read(this.fd, this.#address, COUNTER_BYTES);
  }

  close(): void {
    this.#c.close(this.fd);
  }
}

/** Waits in the calling thread until a socket can be read, for a thread that does nothing else. */
export class SocketWait {
  readonly #c: Libc;
  readonly #wakeUp: WakeUp;
  readonly #list: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #count: number;

  /** @param fds sockets; `wakeUp` ends the wait early */
  constructor(fds: readonly number[], wakeUp: WakeUp) {
    this.#c = libc();
    this.#wakeUp = wakeUp;
    this.#count = fds.length + 1;
    this.#list = new Int32Array(new ArrayBuffer(this.#count * 8));
    this.#bytes = new Uint8Array(this.#list.buffer);
    for (const [i, fd] of [wakeUp.fd, ...fds].entries()) this.#list[2 * i] = fd;
  }

  /** Returns when a socket can be read, `wake` was called, or `timeoutMs` (an integer) have passed. */
  wait(timeoutMs: number): void {
    const list = this.#list;
    // struct pollfd: the descriptor, then 16 bits of what is wanted and 16 bits of what is there.
    for (let i = 0; i < this.#count; i++) list[2 * i + 1] = POLLIN;
    if (this.#c.poll(this.#bytes, this.#count, timeoutMs) > 0 && list[1]! >>> 16 !== 0) this.#wakeUp.clear();
  }
}
