import {
  enaddr,
  type Hook,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
  settingOf,
} from "@ngflow/graph";
import { E, type PacketBatch } from "@ngflow/base";
import { translated } from "../translated.ts";
import type { HostInterface, OpenHostInterface } from "./host-interface.ts";
import { openLowest } from "./open-lowest.ts";
import { takeInterfaceName } from "./take-interface-name.ts";

const ETHERNET_HEADER_BYTES = 14;

/** An interface of the host, made and removed with its node (reference: nodes.md §12). */
export class EifaceBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #source: HostInterface;
  #hook: Hook | null = null;
  #closed = false;
  /** The address that was set, null while it is the system's. */
  #mac: Uint8Array | null = null;
  /** The system's, kept from before it was replaced. */
  #ownMac: Uint8Array | undefined;
  #framesSent = 0;
  #framesReceived = 0;
  #unconnected = 0;
  #interfaceDown = 0;
  #refused = 0;

  /** @throws NgError EPERM without CAP_NET_ADMIN, or the system's refusal. */
  constructor(context: NodeContext, open: OpenHostInterface) {
    this.#context = context;
    this.#source = openLowest(open, "ngeth", "ethernet", context.log);
    this.#source.start(this.#onSent);
  }

  created(): void {
    takeInterfaceName(this.#context, this.#source.name);
  }

  newHook(hook: Hook): void {
    if (hook.name !== "ether") throw new NgError("EPFNOSUPPORT");
    if (this.#hook !== null) throw new NgError("EISCONN");
  }

  connected(hook: Hook): void {
    translated(() => this.#source.setLink(true));
    this.#hook = hook;
  }

  /** Frames that the host's stack receives. */
  receive(_hook: Hook, batch: PacketBatch): number {
    const refused = this.#source.write(batch);
    this.#framesReceived += batch.count - refused;
    if (refused === 0) return 0;
    if (this.#source.isUp()) {
      this.#refused += refused;
      return firstIsShort(batch) ? E.EINVAL : 0;
    }
    this.#interfaceDown += refused;
    return E.ENETDOWN;
  }

  readonly #onSent = (batch: PacketBatch): void => {
    if (this.#hook === null) {
      this.#unconnected += batch.count;
      return;
    }
    batch.timesUs.fill(Math.floor(this.#context.clock.nowMs() * 1000), 0, batch.count);
    this.#framesSent += batch.count;
    this.#hook.send(batch);
  };

  get name(): string {
    return this.#source.name;
  }

  setMac(mac: Uint8Array): void {
    const own = this.#ownMac ?? this.#source.readMac();
    translated(() => this.#source.setMac(mac));
    this.#ownMac = own;
    this.#mac = mac;
  }

  disconnect(): void {
    this.#hook = null;
    if (!this.#closed) translated(() => this.#source.setLink(false));
  }

  shutdown(): undefined {
    this.#closed = true;
    this.#source.close();
    return undefined;
  }

  settings(): NodeSetting[] {
    const mac = this.#mac;
    const ownMac = this.#ownMac;
    if (mac === null) return [];
    const reset = (): void => {
      this.setMac(ownMac!);
      this.#mac = null;
    };
    return [settingOf("set", enaddr, mac, ownMac === undefined ? {} : { reset })];
  }

  counters(): Readonly<Record<string, number>> {
    return {
      framesSent: this.#framesSent,
      framesReceived: this.#framesReceived,
      unconnected: this.#unconnected,
      interfaceDown: this.#interfaceDown,
      refused: this.#refused,
    };
  }
}

function firstIsShort(batch: PacketBatch): boolean {
  return batch.count > 0 && batch.lengths[0]! < ETHERNET_HEADER_BYTES;
}
