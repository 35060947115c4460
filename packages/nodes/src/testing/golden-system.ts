import { fromHex, PacketBatch, toHex } from "@ngflow/base";
import {
  type ControlMessage,
  type ControlSocket,
  createGraph,
  decodeMessage,
  encodeMessage,
  fixedString,
  GENERIC,
  GENERIC_COOKIE,
  type Graph,
  type NodeType,
  openControlSocket,
  parseArgs,
  quoteBytes,
  bytesOfText,
  RESPONSE,
  textOfBytes,
} from "@ngflow/graph";
import { type AttachedEther, attachEther } from "../ether/attach-ether.ts";
import { SimulatedInterface } from "../ether/simulated-interface.ts";

/** One step of a script of graph.json, command and expected outcome. */
export interface Step extends Outcome {
  readonly cmd: readonly string[];
}

/** What a step brought about; absent fields: nothing of the kind. */
export interface Outcome {
  readonly errno: number;
  readonly reply?: string;
  /** The reply's bytes instead, when the node that sent it cannot translate it. */
  readonly replyHex?: string;
  readonly replyFrom?: string;
  readonly replyCmd?: number;
  readonly messages?: readonly unknown[];
  readonly events?: readonly unknown[];
}

interface Arrived {
  readonly from: string;
  readonly message: ControlMessage;
}

// The clock is stopped where the data was taken: Unix time and uptime of the export datagrams in it.
const UNIX_MS = 1_700_000_000_000;
const UPTIME_MS = 1_000_000;

/** When the observed system had booted, in Unix milliseconds. */
export const BOOT_MS = UNIX_MS - UPTIME_MS;

/**
 * The system in which graph.json was observed: interfaces em0 and em1 between a wire and a host, and a control program
 * that executes the steps and notes what reaches it, the wire and the host.
 */
export class GoldenSystem {
  readonly graph: Graph;
  #socket: ControlSocket;
  readonly #interfaces = new Map<string, { link: SimulatedInterface; node: AttachedEther | undefined }>();
  #arrived: Arrived[] = [];
  #events: unknown[] = [];
  #lastToken = 0;

  /** @param types makes the node types; what it is given notes an event of the step being executed. */
  constructor(setup: string, types: (note: (event: unknown) => void) => readonly NodeType[]) {
    const clock = { nowMs: () => UNIX_MS, monotonicMs: () => UPTIME_MS };
    this.graph = createGraph({ clock, types: types((event) => this.#events.push(event)) });
    if (setup === "default") {
      this.#attach("em0", 1);
      this.#attach("em1", 2);
    }
    this.#socket = this.#open("ngctl");
  }

  execute(step: Step): Outcome {
    this.#arrived = [];
    this.#events = [];
    const errno = this.#perform(step.cmd[0]!, step.cmd.slice(1));
    const arrived = this.#arrived;
    const outcome: Record<string, unknown> = { cmd: step.cmd, errno };
    const first = arrived[0];
    if (arrived.length === 1 && (first!.message.flags & RESPONSE) !== 0) {
      const text = this.#asciiOf(first!);
      if (text === undefined) outcome["replyHex"] = toHex(first!.message.data);
      else outcome["reply"] = text;
      outcome["replyFrom"] = first!.from;
      outcome["replyCmd"] = first!.message.cmd;
    } else if (arrived.length > 0) {
      outcome["messages"] = arrived.map(({ from, message }) => ({
        from,
        name: message.cmdstr,
        cmd: message.cmd,
        response: (message.flags & RESPONSE) !== 0,
        binary: toHex(message.data),
      }));
    }
    if (this.#events.length > 0) outcome["events"] = this.#events;
    return outcome as unknown as Outcome;
  }

  #perform(verb: string, words: readonly string[]): number {
    const [a = "", b = "", c = "", d = ""] = words;
    switch (verb) {
      case "mkpeer":
        return this.#send(a, GENERIC.mkpeer, names(b, c, d));
      case "connect":
        return this.#send(a, GENERIC.connect, concat(fixed(b, 512), names(c, d)));
      case "name":
        return this.#send(a, GENERIC.name, names(b));
      case "rmhook":
        return this.#send(a, GENERIC.rmhook, names(b));
      case "shutdown":
        return this.#send(a, GENERIC.shutdown, new Uint8Array(0));
      case "msg":
        return this.#socket.sendAscii(a, b, words.slice(2).join(" ")).errno;
      case "raw":
        return this.#send(a, Number(c), fromHex(d), Number(b));
      case "write":
        return this.#socket.write(a, fromHex(b));
      case "rx":
        this.graph.run(() => this.#interfaces.get(a)!.link.fromWire(PacketBatch.of(fromHex(b), UNIX_MS * 1000)));
        return 0;
      case "tx":
        this.graph.run(() => this.#interfaces.get(a)!.link.fromHost(PacketBatch.of(fromHex(b), UNIX_MS * 1000)));
        return 0;
      case "ifflags":
        this.#interfaces.get(a)!.link.setUp(b !== "0");
        return 0;
      case "attach":
        this.#attach(a, Number(b));
        return 0;
      case "detach":
        this.#interfaces.get(a)!.node?.remove();
        this.#interfaces.delete(a);
        return 0;
      case "close":
        this.#socket.close();
        return 0;
      case "open":
        this.#socket = this.#open(a);
        return 0;
      default:
        throw new Error(`unknown step ${verb}`);
    }
  }

  #open(name: string): ControlSocket {
    return openControlSocket(this.graph, {
      name,
      events: {
        onMessage: (from, bytes) => void this.#arrived.push({ from, message: decodeMessage(bytes) }),
        onData: (hook, packet) => void this.#events.push({ data: hook, hex: toHex(packet) }),
      },
    });
  }

  /** A new interface. It has no node when one of its name exists. */
  #attach(name: string, index: number): void {
    const mac = Uint8Array.of(2, 0, 0, 0, 0, 0x11 * index);
    const frames = (to: string) => (batch: PacketBatch) => {
      for (let i = 0; i < batch.count; i++) this.#events.push({ interface: name, to, hex: toHex(batch.packet(i)) });
    };
    const link = new SimulatedInterface(name, index, mac, { toWire: frames("wire"), toHost: frames("host") });
    this.#interfaces.set(name, { link, node: attachEther(this.graph, link) });
  }

  #send(path: string, cmd: number, data: Uint8Array, cookie = GENERIC_COOKIE): number {
    const token = ++this.#lastToken;
    return this.#socket.send(path, encodeMessage({ cookie, cmd, flags: 0, token, cmdstr: "", data }));
  }

  /** Argument text of a message, as its sender translates it; undefined when it cannot. */
  #asciiOf({ from, message }: Arrived): string | undefined {
    this.#arrived = [];
    if (this.#send(from, GENERIC.binary2ascii, encodeMessage(message)) !== 0) return undefined;
    const { data } = decodeMessage(this.#arrived[0]!.message.data);
    return textOfBytes(data, 0);
  }
}

function fixed(text: string, size: number): Uint8Array {
  return parseArgs(fixedString(size), quoteBytes(bytesOfText(text.slice(0, size - 1))));
}

function names(...texts: readonly string[]): Uint8Array {
  return concat(...texts.map((text) => fixed(text, 32)));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
