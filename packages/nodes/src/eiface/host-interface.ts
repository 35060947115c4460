import type { PacketBatch } from "@ngflow/base";

/** What the packets of an interface begin with: an Ethernet header or an IP header. */
export type HostInterfaceKind = "ethernet" | "ip";

/** An interface of the host whose wire is this process. Errors are KernelError or NgError. */
export interface HostInterface {
  readonly name: string;
  /** The host's number of it. */
  readonly index: number;
  /** Whether the host has the interface up. */
  isUp(): boolean;
  /** Tells the host that the link is there or not. */
  setLink(on: boolean): void;
  /** Sets the Ethernet address. */
  setMac(mac: Uint8Array): void;
  /** The Ethernet address that it has; undefined when the system does not say. */
  readMac(): Uint8Array | undefined;
  /** Delivers what the host sends, in borrowed batches whose times are 0. */
  start(deliver: (batch: PacketBatch) => void): void;
  /** Frames for the host. Returns how many were refused. */
  write(batch: PacketBatch): number;
  /** Removes the interface. */
  close(): void;
}

/** Makes an interface of that name. @throws NgError EEXIST when the name is taken, EPERM without CAP_NET_ADMIN. */
export type OpenHostInterface = (name: string, kind: HostInterfaceKind) => HostInterface;
