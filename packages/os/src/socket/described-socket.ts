import type { SocketOption } from "./datagram-socket.ts";
import { linuxOption } from "./linux-option.ts";
import type { SocketAddress } from "./socket-address.ts";
import type { SocketDescriptor } from "./socket-descriptor.ts";

/** What sockets of every kind leave to their descriptor: addresses and options. Refusals are KernelError. */
export abstract class DescribedSocket {
  protected readonly descriptor: SocketDescriptor;

  constructor(descriptor: SocketDescriptor) {
    this.descriptor = descriptor;
  }

  bind(address: SocketAddress): void {
    this.descriptor.bind(address);
  }

  localAddress(): SocketAddress | undefined {
    return this.descriptor.localAddress();
  }

  /** @throws KernelError ENOTCONN. */
  peerAddress(): SocketAddress {
    return this.descriptor.peerAddress();
  }

  setOption(option: SocketOption, value: number): void {
    const [level, name] = linuxOption(this.descriptor.kind.domain, option);
    this.descriptor.setInteger(level, name, value);
  }

  getOption(option: SocketOption): number {
    const [level, name] = linuxOption(this.descriptor.kind.domain, option);
    return this.descriptor.getInteger(level, name);
  }

  setRawOption(level: number, name: number, value: Uint8Array): void {
    this.descriptor.setRawOption(level, name, value);
  }

  getRawOption(level: number, name: number): Uint8Array {
    return this.descriptor.getRawOption(level, name);
  }
}
