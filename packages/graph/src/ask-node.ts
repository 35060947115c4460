import { READONLY } from "./control-message.ts";
import type { Graph } from "./graph.ts";
import { rowOf, runRow } from "./message-row.ts";
import { NgError } from "./ng-error.ts";
import type { MessageDescriptor } from "./node-type.ts";
import { parseArgs, unparseArgs } from "./parse/arguments.ts";

/**
 * Whether a message only asks: it has a reply, clears nothing, and its number (NGM_READONLY, netgraph.md §1) or its
 * name (`get…`) says that it changes nothing.
 */
export function isQuestion({ name, cmd, reply, clears }: MessageDescriptor): boolean {
  return reply !== undefined && clears === undefined && ((cmd & READONLY) !== 0 || name.startsWith("get"));
}

/**
 * Asks a node, from no node: the reply of a message that changes nothing, as text.
 * @param args its arguments as text, as `ngctl msg` takes them.
 * @throws NgError ENOENT for no such node, ENOSYS for no such message, EPERM for one that may change something, EAGAIN
 * where the reply would come later; what the node throws, and the errors of the argument language.
 */
export function askNode(graph: Graph, nodeId: number, name: string, args: string): string {
  const node = graph.node(nodeId);
  if (node === undefined || !node.valid) throw new NgError("ENOENT");
  const row = node.type.messages.find((each) => each.name === name);
  if (row === undefined) throw new NgError("ENOSYS");
  if (!isQuestion(row)) throw new NgError("EPERM");
  const data = row.args === undefined ? new Uint8Array(0) : parseArgs(row.args, args);
  const message = { cookie: row.cookie ?? node.type.cookie, cmd: row.cmd, flags: 0, token: 0, cmdstr: name, data };
  if (rowOf(node.type, message) !== row) throw new NgError("EOPNOTSUPP");
  const origin = { from: { nodeId: 0, token: 0 }, viaHook: undefined };
  const reply = graph.run(() => runRow(row, node, message, origin, () => {}));
  if (reply === undefined) throw new NgError("EAGAIN");
  return unparseArgs(row.reply!, reply);
}
