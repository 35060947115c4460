import { type Libc, libc } from "./libc.ts";
import { AF_UNIX } from "./socket/socket-descriptor.ts";

const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const FAMILY_BYTES = 2;
/** Bytes of `sun_path` (unix(7)). */
const PATH_BYTES = 108;

/** Sends states to a service manager, one datagram each (sd_notify(3)). Linux only. */
export class ServiceSocket {
  readonly #c: Libc;
  readonly #fd: number;

  /**
   * @param address the value of NOTIFY_SOCKET: a path, or an abstract name that begins with `@`
   * @throws OsError `not-linux`, `no-koffi`. A socket that cannot be opened makes `send` return false.
   */
  constructor(address: string) {
    this.#c = libc();
    this.#fd = this.#open(new TextEncoder().encode(address));
  }

  #open(path: Uint8Array): number {
    if (path.length === 0 || path.length >= PATH_BYTES) return -1;
    const address = new Uint8Array(FAMILY_BYTES + path.length);
    address[0] = AF_UNIX;
    address.set(path, FAMILY_BYTES);
    // The length says where an abstract name ends.
    if (path[0] === 0x40) address[FAMILY_BYTES] = 0;
    const fd = this.#c.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    if (fd < 0 || this.#c.connect(fd, address, address.length) === 0) return fd;
    this.#c.close(fd);
    return -1;
  }

  /** Sends lines of `NAME=value`. Returns whether the manager has them; it does not wait. */
  send(state: string): boolean {
    if (this.#fd < 0) return false;
    const bytes = new TextEncoder().encode(state);
    return this.#c.send(this.#fd, bytes, bytes.length, MSG_NOSIGNAL) === bytes.length;
  }

  close(): void {
    if (this.#fd >= 0) this.#c.close(this.#fd);
  }
}
