/** One network interface of this network namespace, as the kernel describes it now. */
export interface InterfaceInfo {
  readonly name: string;
  readonly index: number;
  /** Six bytes; zeros where the interface has no Ethernet address. */
  readonly mac: Uint8Array;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** Whether the link is there; false while the interface is down. */
  readonly carrier: boolean;
  /** ARPHRD number. */
  readonly type: number;
  readonly mtu: number;
}

/** Administratively up (netdevice(7)). */
export const IFF_UP = 0x1;
