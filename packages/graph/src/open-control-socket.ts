import { idAddress } from "./address.ts";
import { bytesOfText, textOfBytes, toByteString } from "./byte-string.ts";
import type { ControlSocket, ControlSocketEvents } from "./control-socket.ts";
import { E, PacketBatch } from "@ngflow/base";
import { NgError } from "./ng-error.ts";
import { GENERIC } from "./generic-types.ts";
import type { Graph } from "./graph.ts";
import { decodeMessage, encodeMessage, GENERIC_COOKIE, RESPONSE } from "./message.ts";
import type { Node } from "./node.ts";
import type { NodeBehaviour, NodeContext } from "./node-type.ts";
import type { ControlMessage } from "./control-message.ts";
import { NAME_BYTES } from "./parse/string.ts";
import { LINGER, NOLINGER, SOCKET_TYPE } from "./socket-type.ts";

/** Who opens a control socket. */
export interface ControlSocketOptions {
  /** Name of the socket node; null, empty or absent: unnamed. */
  readonly name?: string | null;
  readonly events: ControlSocketEvents;
}

/**
 * Makes a socket node and returns its user's side.
 * @throws NgError EADDRINUSE when the name is taken, EINVAL when it is not a valid name.
 */
export function openControlSocket(graph: Graph, options: ControlSocketOptions): ControlSocket {
  return new SocketNode(graph, options);
}

class SocketNode implements ControlSocket {
  readonly nodeId: number;
  readonly #graph: Graph;
  readonly #events: ControlSocketEvents;
  readonly #node: Node;
  #linger = true;
  #lastToken = 0;
  /** Set while an ASCII message is being converted: its reply is for this socket, not for the user. */
  #conversion: { readonly token: number; reply: ControlMessage | undefined } | undefined;

  constructor(graph: Graph, options: ControlSocketOptions) {
    this.#graph = graph;
    this.#events = options.events;
    const name = options.name === undefined || options.name === "" ? null : options.name;
    this.#node = graph.addNode(SOCKET_TYPE.name, name, (context) => this.#behaviour(context));
    this.nodeId = this.#node.id;
  }

  send(path: string, message: Uint8Array): number {
    return this.#attempt(() => this.#sendDecoded(path, decodeMessage(message)));
  }

  sendAscii(path: string, command: string, args: string): { errno: number; token: number } {
    const cmdstr = toByteString(command).slice(0, NAME_BYTES - 1);
    const token = this.#nextToken();
    const conversion = { token, reply: undefined as ControlMessage | undefined };
    const text: ControlMessage = {
      cookie: 0,
      cmd: 0,
      flags: 0,
      token,
      cmdstr,
      data: bytesOfText(`${toByteString(args)}\0`),
    };
    const request: ControlMessage = {
      cookie: GENERIC_COOKIE,
      cmd: GENERIC.ascii2binary,
      flags: 0,
      token,
      cmdstr: "ascii2binary",
      data: encodeMessage(text),
    };
    this.#conversion = conversion;
    let errno = this.#attempt(() => this.#sendDecoded(path, request));
    this.#conversion = undefined;
    const { reply } = conversion;
    if (errno !== 0 || reply === undefined) return { errno, token };
    const binaryToken = this.#nextToken();
    const binary = decodeMessage(reply.data);
    errno = this.#attempt(() => this.#sendDecoded(path, { ...binary, token: binaryToken }));
    return { errno, token: binaryToken };
  }

  write(hook: string, packet: Uint8Array): number {
    const node = this.#node;
    const graph = this.#graph;
    if (!node.valid) return E.EPIPE;
    const name = toByteString(hook);
    if (name.length >= NAME_BYTES) return E.EINVAL;
    if (name === "" && node.hooks.size !== 1) return E.EDESTADDRREQ;
    const target = name === "" ? node.hooks.values().next().value : node.hooks.get(name);
    if (target === undefined) return E.EHOSTUNREACH;
    return graph.run(() => target.send(PacketBatch.of(packet, Math.floor(graph.clock.nowMs() * 1000))));
  }

  close(): void {
    this.#graph.removeNode(this.#node);
  }

  #sendDecoded(path: string, message: ControlMessage): void {
    if (message.cookie === GENERIC_COOKIE && message.cmd === GENERIC.mkpeer) {
      this.#graph.requireType(textOfBytes(message.data, 0, Math.min(message.data.length, NAME_BYTES - 1)));
    }
    this.#graph.sendMessage(this.#node, path, message);
  }

  #attempt(task: () => void): number {
    if (!this.#node.valid) return E.EPIPE;
    try {
      task();
      return 0;
    } catch (error) {
      if (error instanceof NgError) return error.errno;
      throw error;
    }
  }

  #nextToken(): number {
    this.#lastToken = (this.#lastToken + 1) & 0x7fffffff || 1;
    return this.#lastToken;
  }

  #behaviour(context: NodeContext): NodeBehaviour {
    return {
      receive: (hook, batch) => {
        for (let i = 0; i < batch.count; i++) {
          try {
            this.#events.onData(hook.name, batch.packet(i).slice());
          } catch (error) {
            context.log.error({}, `data for the program lost: ${String(error)}`);
          }
        }
        return 0;
      },
      message: (message, from) => {
        this.#receiveMessage(message, from.nodeId);
        return undefined;
      },
      settings: () => {
        const reset = (): void => void (this.#linger = true);
        return this.#linger ? [] : [{ command: "nolinger", data: new Uint8Array(0), reset }];
      },
      disconnect: () => {
        if (!this.#linger && context.node.hooks.size === 0) context.shutdown();
      },
    };
  }

  #receiveMessage(message: ControlMessage, from: number): void {
    if (message.cookie === SOCKET_TYPE.cookie) {
      if (message.cmd !== NOLINGER && message.cmd !== LINGER) throw new NgError("EINVAL");
      this.#linger = message.cmd === LINGER;
      return;
    }
    const conversion = this.#conversion;
    if (
      conversion?.token === message.token &&
      message.cookie === GENERIC_COOKIE &&
      message.cmd === GENERIC.ascii2binary &&
      (message.flags & RESPONSE) !== 0
    ) {
      conversion.reply = message;
      return;
    }
    this.#events.onMessage(idAddress(from), encodeMessage(message));
  }
}
