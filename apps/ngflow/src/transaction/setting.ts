import { fromHex, toHex } from "@ngflow/base";
import { encodeMessage, type Graph, idAddress, type Node, type NodeSetting, openControlSocket } from "@ngflow/graph";

/** A setting of a node, as the message that makes it. */
export interface Setting {
  readonly nodeId: number;
  /** Name of the message. */
  readonly command: string;
  /** The message's data, in hexadecimal. */
  readonly data: string;
}

/** The settings of nodes; with `local` also those that are not for other nodes. */
export function readSettings(nodes: Iterable<Node>, options: { readonly local: boolean }): Setting[] {
  return [...nodes].flatMap(({ id, behaviour }) => settingsOf(id, behaviour.settings?.() ?? [], options));
}

/** The settings that a node has listed. */
export function settingsOf(
  nodeId: number,
  settings: readonly NodeSetting[],
  options: { readonly local: boolean },
): Setting[] {
  return settings
    .filter(({ local }) => options.local || local !== true)
    .map(({ command, data }) => ({ nodeId, command, data: toHex(data) }));
}

/** Sends the messages of settings; those that are refused are not made. */
export function writeSettings(graph: Graph, settings: readonly Setting[]): void {
  if (settings.length === 0) return;
  const socket = openControlSocket(graph, { events: { onMessage() {}, onData() {} } });
  try {
    for (const { nodeId, command, data } of settings) {
      const type = graph.node(nodeId)?.type;
      const row = type?.messages.find(({ name }) => name === command);
      if (type === undefined || row === undefined) continue;
      const { cmd, cookie = type.cookie } = row;
      const message = { cookie, cmd, flags: 0, token: 1, cmdstr: command, data: fromHex(data) };
      socket.send(idAddress(nodeId), encodeMessage(message));
    }
  } finally {
    socket.close();
  }
}

/**
 * Gives nodes of a graph the settings that they had. Returns what differs in spite of it, a sentence each.
 * @param nodes all that may have other settings than before.
 */
export function restoreSettings(graph: Graph, nodes: readonly Node[], before: readonly Setting[]): string[] {
  const wanted = before.filter(({ nodeId }) => graph.node(nodeId) !== undefined);
  const known = keysOf(wanted);
  for (const { id, behaviour } of nodes) {
    for (const { command, data, reset } of behaviour.settings?.() ?? []) {
      if (!known.has(keyOf({ nodeId: id, command, data: toHex(data) }))) attempt(reset);
    }
  }
  const current = keysOf(readSettings(nodes, { local: true }));
  writeSettings(
    graph,
    wanted.filter((setting) => !current.has(keyOf(setting))),
  );
  const now = readSettings(nodes, { local: true });
  const made = keysOf(now);
  const label = (id: number): string => labelOf(graph.node(id)!);
  const lost = wanted.filter((setting) => !made.has(keyOf(setting)));
  const lostKinds = new Set(lost.map(({ nodeId, command }) => `${nodeId} ${command}`));
  const kept = now.filter(
    (setting) => !known.has(keyOf(setting)) && !lostKinds.has(`${setting.nodeId} ${setting.command}`),
  );
  return [
    ...lost.map(({ nodeId, command }) => `node ${label(nodeId)} does not take its ${command} again`),
    ...kept.map(({ nodeId, command }) => `node ${label(nodeId)} keeps its ${command}: nothing takes it back`),
  ];
}

function keyOf({ nodeId, command, data }: Setting): string {
  return `${nodeId} ${command} ${data}`;
}

function keysOf(settings: readonly Setting[]): Set<string> {
  return new Set(settings.map(keyOf));
}

/** What fails shows in the comparison that follows. */
function attempt(reset: (() => void) | undefined): void {
  try {
    reset?.();
  } catch {
    // The setting is still there, and is reported.
  }
}

/** A node's name, or its id where it has none. */
export function labelOf({ name, id }: { readonly name: string | null; readonly id: number }): string {
  return name ?? `[${id.toString(16)}]`;
}
