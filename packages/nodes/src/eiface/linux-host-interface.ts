import { NgError } from "@ngflow/graph";
import { LINK_ETHERNET, LINK_RAW, type PacketBatch } from "@ngflow/base";
import { FrameSlots, KernelError, libc, type PollHandle, readInterface, setMacAddress, Tap } from "@ngflow/os";
import type { HostInterface, HostInterfaceKind } from "./host-interface.ts";

/** Frames read in one turn of the event loop; control messages are answered between turns. */
const FRAMES_PER_TURN = 64;

/** A TAP or TUN of Linux. It lives as long as this object, at most as the process. */
class LinuxHostInterface implements HostInterface {
  readonly name: string;
  readonly index: number;
  readonly #tap: Tap;
  readonly #slots: FrameSlots;
  #watch: PollHandle | undefined;
  #deliver: ((batch: PacketBatch) => void) | undefined;
  #delivering = false;
  #closed = false;

  constructor(name: string, kind: HostInterfaceKind) {
    this.name = name;
    this.#tap = new Tap(name, { kind });
    this.index = this.#tap.index;
    try {
      this.#slots = new FrameSlots(FRAMES_PER_TURN);
      this.#slots.batch.linkType = kind === "ethernet" ? LINK_ETHERNET : LINK_RAW;
    } catch (error) {
      this.#tap.close();
      throw error;
    }
  }

  isUp(): boolean {
    return readInterface(this.name)?.up === true;
  }

  setLink(on: boolean): void {
    this.#tap.setCarrier(on);
  }

  setMac(mac: Uint8Array): void {
    setMacAddress(this.name, mac);
  }

  readMac(): Uint8Array | undefined {
    return readInterface(this.name)?.mac;
  }

  start(deliver: (batch: PacketBatch) => void): void {
    this.#deliver = deliver;
    this.#watch ??= libc().watch(this.#tap.fd, { readable: true }, this.#onReadable);
    this.#watch.unref();
  }

  readonly #onReadable = (status: number): void => {
    if (this.#closed) return;
    // After an error on the descriptor the event loop has stopped watching.
    if (status < 0) this.#watch?.start({ readable: true }, this.#onReadable);
    if (this.#tap.read(this.#slots, FRAMES_PER_TURN, 0) === 0) return;
    this.#delivering = true;
    this.#deliver?.(this.#slots.batch);
    this.#delivering = false;
    if (this.#closed) this.#release();
  };

  write(batch: PacketBatch): number {
    return this.#closed ? batch.count : this.#tap.write(batch);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch?.close();
    // Frames being delivered lie in the slots.
    if (!this.#delivering) this.#release();
  }

  #release(): void {
    this.#slots.close();
    this.#tap.close();
  }
}

/**
 * Makes a TAP, or a TUN for packets of IP.
 * @throws NgError EEXIST when the name is taken, EPERM without CAP_NET_ADMIN, or the system's refusal.
 */
export function openLinuxHostInterface(name: string, kind: HostInterfaceKind): HostInterface {
  if (readInterface(name) !== undefined) throw new NgError("EEXIST");
  try {
    return new LinuxHostInterface(name, kind);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const refusal = new NgError(error.code === "EBUSY" ? "EEXIST" : error.errno);
    refusal.cause = error;
    throw refusal;
  }
}
