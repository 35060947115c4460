import {
  displayText,
  type Graph,
  type Node,
  SOCKET_TYPE,
  type Structure,
  structureFrom,
  structureOf,
  undoOf,
  unparseArgs,
} from "@ngflow/graph";
import { MAX_LINE } from "./line-pieces.ts";

/** How to make a graph again. */
export interface RebuildScript {
  /** Words of ngctl commands, in order; the arguments of a message are one word. */
  readonly commands: readonly (readonly string[])[];
  /** What no command brings back, a sentence each. */
  readonly beyond: readonly string[];
}

/**
 * The commands that turn a graph with only the daemon's own nodes (interfaces, by the names they have now) into this
 * one: nodes, names, hooks, and the settings that nodes list. Programs at control sockets are left out, as are
 * counters and cached flows.
 */
export function rebuildScript(graph: Graph): RebuildScript {
  const nodes = new Map([...graph.nodes()].map((node) => [node.id as number, node]));
  const whole = structureOf(graph, ({ type }) => type.name === SOCKET_TYPE.name);
  const present = withoutPrograms(whole);
  const types = new Map(graph.types().map(({ type }) => [type.name, type]));
  const own = [...present.values()].filter(({ id }) => nodes.get(id)!.type.create === undefined);
  const { commands, remade, beyond } = undoOf(
    present,
    structureFrom(own.map((node) => ({ ...node, hooks: [] }))),
    (type) => types.get(type),
  );
  const settings = [...present.values()].flatMap(({ id, name }) => {
    const path = remade.get(id) ?? (name === null ? undefined : `${name}:`);
    return path === undefined ? [] : settingsOf(nodes.get(id)!).map(([command, args]) => ["msg", path, command, args]);
  });
  return { commands: [...commands, ...settings.map((words) => words.filter((word) => word !== ""))], beyond };
}

function withoutPrograms(structure: Structure): Structure {
  const nodes = [...structure.values()].filter(({ type }) => type !== SOCKET_TYPE.name);
  const ids = new Set(nodes.map(({ id }) => id));
  return structureFrom(nodes.map((node) => ({ ...node, hooks: node.hooks.filter(({ peerId }) => ids.has(peerId)) })));
}

/** Messages of a node that restore its settings, in ASCII. */
function settingsOf(node: Node): [command: string, args: string][] {
  const settings = (node.behaviour.settings?.() ?? []).filter(({ local }) => local !== true);
  return settings.map(({ command, data }) => {
    const type = node.type.messages.find(({ name }) => name === command)?.args;
    return [command, type === undefined ? "" : displayText(unparseArgs(type, data))];
  });
}

/**
 * The commands as a script for `ngctl -f`. What no command brings back, and what ngctl has no way to write because
 * nothing quotes in its lines, becomes a comment.
 */
export function scriptText({ commands, beyond }: RebuildScript): string {
  const lines = commands.map((words) => {
    const line = words.join(" ");
    const names = words[0] === "msg" ? words.slice(0, 3) : words;
    const writable = names.every((word) => word !== "" && !/\s/.test(word)) && !line.includes("\n");
    return writable && line.length <= MAX_LINE ? line : `# cannot be written as a line: ${JSON.stringify(words)}`;
  });
  return [...lines, ...beyond.map((what) => `# ${what.replaceAll("\n", " ")}`)].map((line) => `${line}\n`).join("");
}
