import {
  displayText,
  GENERIC_MESSAGES,
  type Graph,
  NgError,
  type Node,
  parseAddress,
  toByteString,
} from "@ngflow/graph";
import { E } from "@ngflow/base";
import { type ModelMachine, nodeLabel } from "../dry-run/model-graph.ts";

/** What the reasons are looked for in. */
export interface RefusalContext {
  /** A model, or a live graph with a word about the types that it lacks. */
  readonly machine: Pick<ModelMachine, "graph" | "missingType" | "missingNode">;
  /** Node that relative addresses start from. */
  readonly from: Node | undefined;
  /** ngctl's verb in full, and its arguments. */
  readonly verb: string;
  readonly args: readonly string[];
  readonly errno: number | null;
  /** Steps that give names, so that a wrong order is seen: name to number of the step. */
  readonly namedAt: ReadonlyMap<string, number>;
  /** Number of the step that is refused. */
  readonly number: number;
  /** The script expects that it may be refused. */
  readonly mayFail: boolean;
}

const PLACEHOLDER = /<[^<>\s]+>|\$\{?\w+\}?|\bX\.X\.X\.X\b/;

/** Most characters of a script's word that are repeated in a reason. */
const MAX_WORD = 80;
/** Most names that a reason lists. */
const MAX_NAMES = 24;

/** The reason behind an errno, in words; null when the errno says it all. */
export function whyRefused(context: RefusalContext): string | null {
  const { args, errno } = context;
  const placeholder = PLACEHOLDER.exec(args.join(" "))?.[0];
  const reason = reasonOf(context);
  if (placeholder !== undefined && (errno === E.EINVAL || errno === E.ENOENT)) {
    if (!placeholder.startsWith("$")) return `"${placeholder}" is a placeholder: put your value there`;
    return `"${placeholder}" has no value: give it with --set ${placeholder.replace(/[${}]/g, "")}=value`;
  }
  return reason;
}

function reasonOf(context: RefusalContext): string | null {
  const { verb, args } = context;
  switch (verb) {
    case "mkpeer": {
      const [path, type, hook, peerHook] = withPath(args, 4);
      const missing = type === undefined ? undefined : context.machine.missingType(type);
      if (missing !== undefined) return missing;
      const node = target(context, path);
      if (typeof node === "string") return node;
      return takenHook(node, hook) ?? refusedHook(context, node, hook) ?? refusedPeerHook(context, type!, peerHook);
    }
    case "connect": {
      const [path, relpath, hook, peerHook] = withPath(args, 4);
      const node = target(context, path);
      if (typeof node === "string") return node;
      const peer = target({ ...context, from: node }, relpath);
      if (typeof peer === "string") return peer;
      return (
        takenHook(peer, peerHook) ??
        takenHook(node, hook) ??
        foreignHook(node, hook) ??
        foreignHook(peer, peerHook) ??
        (context.errno === E.EISCONN ? `${title(node)} or ${title(peer)} already has another hook in that place` : null)
      );
    }
    case "name": {
      const node = target(context, args[0]);
      if (typeof node === "string") return node;
      if (context.errno !== E.EADDRINUSE)
        return `"${brief(args[1] ?? "")}" is not a name: 1 to 31 bytes without "." and ":", not like [2a]`;
      const holder = findNode(context.machine.graph, `${args[1]}:`);
      return holder === node
        ? "it already has that name"
        : holder === undefined
          ? null
          : `node [${holder.id.toString(16)}] of type ${holder.type.name} has that name`;
    }
    case "msg": {
      const node = target(context, args[0]);
      if (typeof node === "string") return node;
      return refusedMessage(context, node, (args[1] ?? "").trim().split(/\s/, 1)[0]!);
    }
    case "rmhook":
    case "shutdown":
    case "show":
    case "status":
    case "config": {
      const node = target(context, verb === "rmhook" && args.length < 2 ? "." : args[0]);
      return typeof node === "string" ? node : null;
    }
    case "write": {
      const node = target(context, ".");
      const hook = toByteString(args[0] ?? "");
      return typeof node === "string" ? node : node.hooks.get(hook)?.peer ? null : notConnected(node, hook);
    }
    default:
      return null;
  }
}

/** Arguments with the path that may be left out. */
function withPath(args: readonly string[], count: number): readonly (string | undefined)[] {
  return args.length < count ? [".", ...args] : args;
}

/** The node of an address, or what is wrong with the address. */
function target(context: RefusalContext, path: string | undefined): Node | string {
  if (path === undefined) return "an address is missing";
  const shown = brief(path);
  const { graph } = context.machine;
  const bytes = toByteString(path);
  let address;
  try {
    address = parseAddress(bytes);
  } catch {
    return `"${shown}" is not an address: write node:hook.hook`;
  }
  const head = address.node ?? ".";
  let node = findNode(graph, address.node === undefined ? "." : `${address.node}:`, context.from);
  if (node === undefined) {
    const missing = context.machine.missingNode(displayText(head));
    if (missing !== undefined) return missing;
    const named = context.namedAt.get(displayText(head));
    const hint =
      named === undefined
        ? namedNodes(graph)
        : named > context.number && !context.mayFail
          ? `; step ${named} gives that name, so the order is wrong`
          : `; step ${named} ${named > context.number ? "gives" : "was to give"} that name`;
    return `no node is called ${brief(displayText(head))}${hint}`;
  }
  for (const hook of address.hooks) {
    const peer: Node | undefined = node.hooks.get(hook)?.peer?.node;
    if (peer === undefined) {
      // Without a colon the address starts at ngctl's own node, which is rarely meant.
      if (address.node === undefined && findNode(graph, `${bytes}:`) !== undefined)
        return `write "${shown}:" for the node of that name; without ":" it is a hook of ngctl's own node`;
      return notConnected(node, hook);
    }
    node = peer;
  }
  return node;
}

function findNode(graph: Graph, path: string, from?: Node): Node | undefined {
  try {
    return graph.resolve(from, path);
  } catch (error) {
    if (error instanceof NgError) return undefined;
    throw error;
  }
}

function title(node: Node): string {
  return displayText(nodeLabel(node));
}

/** The names of a graph's nodes, without those of programs such as ngctl. */
function namedNodes(graph: Graph): string {
  const names: string[] = [];
  for (const { name, type } of graph.nodes()) if (name !== null && type.role !== "program") names.push(name);
  return names.length === 0 ? "" : `; nodes: ${listed(names)}`;
}

/** Names for a sentence, the first of many. */
export function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return names.slice(0, MAX_NAMES).map(displayText).join(", ") + more;
}

/** What a node's hooks are, where one that it does not have was named. */
function notConnected(node: Node, hook: string): string {
  const hooks = [...node.hooks.keys()];
  return `${title(node)} has no connected hook ${brief(displayText(hook))}; it has ${hooks.length === 0 ? "none" : listed(hooks)}`;
}

function takenHook(node: Node, hook: string | undefined): string | null {
  const peer = hook === undefined ? undefined : node.hooks.get(toByteString(hook))?.peer;
  if (peer === undefined || peer === null) return null;
  return `the hook ${hook} of ${title(node)} is connected already, with ${title(peer.node)}:${displayText(peer.name)}`;
}

function refusedHook(context: RefusalContext, node: Node, hook: string | undefined): string | null {
  if (context.errno === E.EISCONN) {
    return `${title(node)} already has another hook in that place: ${[...node.hooks.keys()].map(displayText).join(", ")}`;
  }
  return context.errno === E.EINVAL ? foreignHook(node, hook) : null;
}

function refusedPeerHook(context: RefusalContext, typeName: string, hook: string | undefined): string | null {
  const type = context.machine.graph.types().find((use) => use.type.name === typeName)?.type;
  if (type === undefined) return null;
  if (type.create === undefined) return `nodes of type ${typeName} cannot be made by mkpeer`;
  if (context.errno !== E.EINVAL) return null;
  return `type ${typeName} does not accept the hook ${brief(hook ?? "")}: it has ${type.hooks.map((each) => each.name).join(", ")}`;
}

/** A sentence when a node's type has no hook of that name by its description, else null. */
function foreignHook(node: Node, hook: string | undefined): string | null {
  const { name, hooks } = node.type;
  const fits = hooks.some((each) => {
    const pattern = each.name
      .split(/(<[^>]*>)/)
      .map((part) => (part === "<N>" ? "\\d+" : part.startsWith("<") ? ".+" : part.replace(/\W/g, "\\$&")))
      .join("");
    return new RegExp(`^${pattern}$`).test(hook ?? "");
  });
  return fits
    ? null
    : `${title(node)} has no hook ${brief(hook ?? "")}: hooks of type ${name} are ${hooks.map((each) => each.name).join(", ")}`;
}

function refusedMessage({ errno }: RefusalContext, node: Node, command: string): string | null {
  const own = node.type.messages;
  if (errno === E.ENOSYS) {
    const names = own.map((message) => message.name);
    return `type ${node.type.name} has no message ${brief(command)}${own.length > 0 ? `; it has ${names.join(", ")}` : ""}`;
  }
  const known = [...own, ...GENERIC_MESSAGES].find((message) => message.name === command);
  if (known === undefined || (errno !== E.EINVAL && errno !== E.ENOENT)) return null;
  const form = known.args === undefined ? "no arguments" : known.args.label;
  const refused = errno === E.EINVAL ? "these arguments or this state" : "these arguments";
  return `${title(node)} does not accept ${refused}; ${command} takes ${form}`;
}

function brief(word: string): string {
  return word.length > MAX_WORD ? `${word.slice(0, MAX_WORD)}…` : word;
}
