import { fromHex, toHex } from "@ngflow/base";
import {
  type ControlMessage,
  type ControlSocket,
  decodeMessage,
  encodeMessage,
  type Graph,
  idAddress,
  type MessageDescriptor,
  type Node,
  type NodeType,
  openControlSocket,
  RESPONSE,
} from "@ngflow/graph";
import { SETTING_ROWS, type SettingRow } from "./setting-rows.ts";

/** Something that a message has set in a node, as the message that sets it again. */
export interface Setting {
  readonly nodeId: number;
  /** Name of the message, for reports. */
  readonly command: string;
  readonly cookie: number;
  readonly cmd: number;
  /** The message's data, in hexadecimal. */
  readonly data: string;
}

/** What the nodes of a graph have been told, as far as they tell it again when asked. */
export function readSettings(graph: Graph): Setting[] {
  return withAsker(graph, (ask) =>
    [...graph.nodes()].flatMap((node) => {
      const rows = SETTING_ROWS[node.type.name] ?? [];
      return rows.flatMap((row) => readRow(node, row, ask));
    }),
  );
}

/** Tells nodes again what they had been told. Returns the settings that were refused. */
export function writeSettings(graph: Graph, settings: readonly Setting[]): Setting[] {
  return withAsker(graph, (_ask, socket) =>
    settings.filter(({ nodeId, cookie, cmd, command, data }) => {
      const message: ControlMessage = { cookie, cmd, flags: 0, token: 1, cmdstr: command, data: fromHex(data) };
      return socket.send(idAddress(nodeId), encodeMessage(message)) !== 0;
    }),
  );
}

/** Sends a question to a node; the data of its answer, undefined when it refuses or has none. */
type Ask = (node: Node, message: MessageDescriptor, data: Uint8Array) => Uint8Array | undefined;

/** Runs `task` with a node of its own in the graph, which is gone afterwards. */
function withAsker<T>(graph: Graph, task: (ask: Ask, socket: ControlSocket) => T): T {
  let reply: Uint8Array | undefined;
  const socket = openControlSocket(graph, {
    events: {
      onMessage(_from, bytes) {
        const message = decodeMessage(bytes);
        if ((message.flags & RESPONSE) !== 0) reply = message.data.slice();
      },
      onData() {},
    },
  });
  try {
    return task((node, { name, cmd, cookie = node.type.cookie }, data) => {
      reply = undefined;
      const message: ControlMessage = { cookie, cmd, flags: 0, token: 1, cmdstr: name, data };
      return socket.send(idAddress(node.id), encodeMessage(message)) === 0 ? reply : undefined;
    }, socket);
  } finally {
    socket.close();
  }
}

function readRow(node: Node, row: SettingRow, ask: Ask): Setting[] {
  const get = messageOf(node.type, row.get);
  const set = messageOf(node.type, row.set);
  if (get === undefined || set === undefined) return [];
  const questions = row.questions?.(node) ?? [new Uint8Array(0)];
  return questions.flatMap((question) => {
    const reply = ask(node, get, question);
    const data = reply === undefined ? undefined : row.convert === undefined ? reply : row.convert(reply, question);
    if (data === undefined) return [];
    const { name: command, cmd, cookie = node.type.cookie } = set;
    return [{ nodeId: node.id, command, cookie, cmd, data: toHex(data) }];
  });
}

function messageOf(type: NodeType, name: string): MessageDescriptor | undefined {
  return type.messages.find((message) => message.name === name);
}
