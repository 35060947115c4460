import { E, type PacketBatch } from "@ngflow/base";
import {
  BatchCopies,
  type ControlMessage,
  FLOW_COOKIE,
  type Hook,
  LINK_IS_DOWN,
  LINK_IS_UP,
  NgError,
  type NodeBehaviour,
  type NodeContext,
  type NodeSetting,
} from "@ngflow/graph";
import type { HostInterface, OpenHostInterface } from "../eiface/host-interface.ts";
import { openLowest } from "../eiface/open-lowest.ts";
import { takeInterfaceName } from "../eiface/take-interface-name.ts";
import { translated } from "../translated.ts";

const NO_DATA = new Uint8Array(0);

/** A protocol of the interface: its hook, and the version that its packets begin with. */
class Family {
  readonly name: string;
  readonly version: number;
  hook: Hook | null = null;

  constructor(name: string, version: number) {
    this.name = name;
    this.version = version;
  }
}

/** A layer 3 interface of the host, made and removed with its node (reference: nodes.md §12.1). */
export class IfaceBehaviour implements NodeBehaviour {
  readonly #context: NodeContext;
  readonly #source: HostInterface;
  readonly #copies = new BatchCopies();
  readonly #families = [new Family("inet", 4), new Family("inet6", 6)] as const;
  #closed = false;
  /** Whether a message made it a broadcast interface; a new one is point to point. */
  #broadcast = false;
  #packetsSent = 0;
  #packetsReceived = 0;
  #unconnected = 0;
  #unknownFamily = 0;
  #wrongFamily = 0;
  #interfaceDown = 0;
  #refused = 0;

  /** @throws NgError EPERM without CAP_NET_ADMIN, or the system's refusal. */
  constructor(context: NodeContext, open: OpenHostInterface) {
    this.#context = context;
    this.#source = openLowest(open, "ng", "ip", context.log);
    this.#source.start(this.#onSent);
  }

  created(): void {
    takeInterfaceName(this.#context, this.#source.name);
  }

  newHook(hook: Hook): void {
    const family = this.#families.find(({ name }) => name === hook.name);
    if (family === undefined) throw new NgError("EPFNOSUPPORT");
    if (family.hook !== null) throw new NgError("EISCONN");
    hook.data = family;
  }

  connected(hook: Hook): void {
    (hook.data as Family).hook = hook;
  }

  /** Packets that the host's stack receives, each at the hook of its protocol. */
  receive(hook: Hook, batch: PacketBatch): number {
    const { version } = hook.data as Family;
    const own = this.#copies.takeEmpty(batch);
    for (let i = 0; i < batch.count; i++) if (versionOf(batch, i) === version) own.pushFrom(batch, i);
    const { count } = own;
    this.#wrongFamily += batch.count - count;
    const refused = count === 0 ? 0 : this.#source.write(own);
    this.#copies.release(own);
    this.#packetsReceived += count - refused;
    if (refused === 0) return 0;
    if (this.#source.isUp()) {
      this.#refused += refused;
      return 0;
    }
    this.#interfaceDown += refused;
    return E.ENETDOWN;
  }

  /** Sends what the host sends to the hooks of the packets' protocols. */
  readonly #onSent = (batch: PacketBatch): void => {
    batch.timesUs.fill(Math.floor(this.#context.clock.nowMs() * 1000), 0, batch.count);
    let left = batch.count;
    for (const { version, hook } of this.#families) {
      const own = this.#copies.takeEmpty(batch);
      for (let i = 0; i < batch.count; i++) if (versionOf(batch, i) === version) own.pushFrom(batch, i);
      left -= own.count;
      if (hook === null) this.#unconnected += own.count;
      else if (own.count > 0) {
        this.#packetsSent += own.count;
        hook.send(own);
      }
      this.#copies.release(own);
    }
    this.#unknownFamily += left;
  };

  get name(): string {
    return this.#source.name;
  }

  get index(): number {
    return this.#source.index;
  }

  /** Makes the interface point to point, or broadcast. @throws NgError EBUSY while it is up. */
  setBroadcast(on: boolean): void {
    if (this.#source.isUp()) throw new NgError("EBUSY");
    this.#broadcast = on;
  }

  /** The state of a link behind a hook becomes that of the interface. */
  message({ cookie, cmd }: ControlMessage): undefined {
    if (cookie !== FLOW_COOKIE) throw new NgError("EINVAL");
    if (cmd === LINK_IS_UP || cmd === LINK_IS_DOWN) translated(() => this.#source.setLink(cmd === LINK_IS_UP));
    return undefined;
  }

  disconnect(hook: Hook): void {
    (hook.data as Family).hook = null;
  }

  shutdown(): undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    this.#source.close();
    return undefined;
  }

  settings(): NodeSetting[] {
    const reset = (): void => void (this.#broadcast = false);
    return this.#broadcast ? [{ command: "broadcast", data: NO_DATA, reset }] : [];
  }

  counters(): Readonly<Record<string, number>> {
    return {
      packetsSent: this.#packetsSent,
      packetsReceived: this.#packetsReceived,
      unconnected: this.#unconnected,
      unknownFamily: this.#unknownFamily,
      wrongFamily: this.#wrongFamily,
      interfaceDown: this.#interfaceDown,
      refused: this.#refused,
    };
  }
}

/** The version in a packet's IP header; 0 for an empty packet. */
function versionOf(batch: PacketBatch, i: number): number {
  return batch.lengths[i] === 0 ? 0 : batch.buffer[batch.offsets[i]!]! >>> 4;
}
