import { enaddr, int32, NgError, type NodeSetting, settingOf } from "@ngflow/graph";
import type { EtherInterface } from "./ether-interface.ts";

const BROADCAST = "ff:ff:ff:ff:ff:ff";

/**
 * What messages have requested of an interface: promiscuous mode, multicast groups, another address. Promiscuous mode
 * and groups take effect while the interface is open, which it is while the node has a hook.
 */
export class InterfaceRequests {
  readonly #source: EtherInterface;
  readonly #groups = new Map<string, Uint8Array>();
  #promiscuous = false;
  #open = false;
  /** The interface's own address, once another one was set. */
  #ownMac: Uint8Array | undefined;

  constructor(source: EtherInterface) {
    this.#source = source;
  }

  get promiscuous(): boolean {
    return this.#promiscuous;
  }

  /** Applies what was requested while the interface was not open. */
  open(): void {
    this.#open = true;
    if (this.#promiscuous) this.#source.setPromiscuous?.(true);
    for (const group of this.#groups.values()) this.#source.setMulticast?.(group, true);
  }

  /** Promiscuous mode ends with the last hook; groups are joined again with the next one. */
  close(): void {
    if (this.#promiscuous) {
      this.#promiscuous = false;
      this.#source.setPromiscuous?.(false);
    }
    this.#open = false;
  }

  /** @throws NgError EOPNOTSUPP when the interface cannot, else its refusal. */
  setMac(mac: Uint8Array): void {
    if (this.#source.setMac === undefined) throw new NgError("EOPNOTSUPP");
    const own = this.#ownMac ?? this.#source.mac.slice();
    this.#source.setMac(mac);
    this.#ownMac = own;
  }

  /** @throws NgError EOPNOTSUPP when the interface cannot, else its refusal. */
  setPromiscuous(on: boolean): void {
    if (on === this.#promiscuous) return;
    if (this.#source.setPromiscuous === undefined) throw new NgError("EOPNOTSUPP");
    if (this.#open) this.#source.setPromiscuous(on);
    this.#promiscuous = on;
  }

  /** @throws NgError EINVAL for an address that is not a multicast one, EADDRINUSE when joined already. */
  joinGroup(group: Uint8Array): void {
    if ((group[0]! & 1) === 0 || keyOf(group) === BROADCAST) throw new NgError("EINVAL");
    if (this.#groups.has(keyOf(group))) throw new NgError("EADDRINUSE");
    if (this.#source.setMulticast === undefined) throw new NgError("EOPNOTSUPP");
    if (this.#open) this.#source.setMulticast(group, true);
    this.#groups.set(keyOf(group), group);
  }

  /** @throws NgError ENOENT when the group was not joined. */
  leaveGroup(group: Uint8Array): void {
    if (!this.#groups.has(keyOf(group))) throw new NgError("ENOENT");
    if (this.#open) this.#source.setMulticast?.(group, false);
    this.#groups.delete(keyOf(group));
  }

  list(): NodeSetting[] {
    const settings: NodeSetting[] = [];
    if (this.#promiscuous) {
      settings.push(settingOf("setpromisc", int32, 1, { reset: () => this.setPromiscuous(false) }));
    }
    for (const group of this.#groups.values()) {
      settings.push(settingOf("addmulti", enaddr, group, { reset: () => this.leaveGroup(group) }));
    }
    const ownMac = this.#ownMac;
    const { mac } = this.#source;
    if (ownMac !== undefined && keyOf(ownMac) !== keyOf(mac)) {
      settings.push(settingOf("setenaddr", enaddr, mac, { reset: () => this.setMac(ownMac) }));
    }
    return settings;
  }
}

function keyOf(mac: Uint8Array): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
