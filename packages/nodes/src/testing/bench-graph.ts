import { fromHex, toHex } from "@ngflow/base";
import {
  type ControlMessage,
  type ControlSocket,
  createGraph,
  decodeMessage,
  encodeMessage,
  type Graph,
  idAddress,
  type NodeSetting,
  type NodeType,
  openControlSocket,
  RESPONSE,
  textOfBytes,
  GENERIC,
  GENERIC_COOKIE,
} from "@ngflow/graph";

/** A clock that is stopped until it is moved. */
export class ManualClock {
  ms = 1_700_000_000_000;

  nowMs(): number {
    return this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }
}

/** A graph with a program at a control socket, for trying node types as a user would with ngctl. */
export class BenchGraph {
  readonly clock = new ManualClock();
  readonly graph: Graph;
  readonly socket: ControlSocket;
  /** What arrived at the program's hooks since the last `take`: `hook bytes`. */
  #packets: string[] = [];
  #messages: { readonly from: string; readonly message: ControlMessage }[] = [];

  constructor(types: readonly NodeType[]) {
    this.graph = createGraph({ clock: this.clock, types });
    this.socket = openControlSocket(this.graph, {
      name: "ngctl",
      events: {
        onData: (hook, packet) => void this.#packets.push(`${hook} ${toHex(packet)}`),
        onMessage: (from, bytes) => void this.#messages.push({ from, message: decodeMessage(bytes) }),
      },
    });
  }

  /** Makes a node of `type` on the program's `hook` and connects the other pairs. Returns the last errno. */
  wire(type: string, ...pairs: readonly (readonly [hook: string, peerHook: string])[]): number {
    let errno = 0;
    pairs.forEach(([hook, peerHook], i) => {
      const hooks = `ourhook="${hook}" peerhook="${peerHook}"`;
      errno =
        i === 0
          ? this.socket.sendAscii(".", "mkpeer", `{ type="${type}" ${hooks} }`).errno
          : this.socket.sendAscii(".", "connect", `{ path="${pairs[0]![0]}" ${hooks} }`).errno;
    });
    return errno;
  }

  /** Writes a packet of hexadecimal bytes; returns what arrived, and the errno if it is not 0. */
  write(hook: string, hex: string): (string | number)[] {
    const errno = this.socket.write(hook, fromHex(hex));
    const arrived = this.take();
    return errno === 0 ? arrived : [...arrived, errno];
  }

  take(): string[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }

  /** Sends a message in ASCII; returns the reply's text, undefined when there is none, or the errno. */
  msg(path: string, command: string, args = ""): string | number | undefined {
    this.#messages = [];
    const { errno } = this.socket.sendAscii(path, command, args);
    if (errno !== 0) return errno;
    const reply = this.#messages.find(({ message }) => (message.flags & RESPONSE) !== 0);
    if (reply === undefined) return undefined;
    this.#messages = [];
    const data = encodeMessage(reply.message);
    const request = { cookie: GENERIC_COOKIE, cmd: GENERIC.binary2ascii, flags: 0, token: 1, cmdstr: "", data };
    const failed = this.socket.send(reply.from, encodeMessage(request));
    return failed === 0 ? textOfBytes(decodeMessage(this.#messages[0]!.message.data).data, 0) : failed;
  }

  /** Commands of the messages that arrived since the last `msg`, replies and others. */
  commands(): number[] {
    return this.#messages.map(({ message }) => message.cmd);
  }

  /** Sends the messages of settings to a node. Returns the errno of each. */
  apply(path: string, settings: readonly NodeSetting[]): number[] {
    const { id, type } = this.graph.resolve(this.graph.node(this.socket.nodeId), path);
    return settings.map(({ command, data }) => {
      const { cmd, cookie = type.cookie } = type.messages.find(({ name }) => name === command)!;
      const message = { cookie, cmd, flags: 0, token: 1, cmdstr: command, data };
      return this.socket.send(idAddress(id), encodeMessage(message));
    });
  }

  counters(path: string): Readonly<Record<string, number>> {
    const node = this.graph.resolve(this.graph.node(this.socket.nodeId), path);
    return node.behaviour.counters?.() ?? {};
  }
}
