import { terminalWord } from "@ngflow/base";
import { GENERIC_MESSAGES, type GraphSnapshot, type NodeSnapshot } from "@ngflow/graph";
import type { TypeDescription } from "../../control/describe-types.ts";
import { argumentCandidates } from "./argument-completion.ts";
import { findVerb } from "./find-verb.ts";
import type { NgctlSession, Verb, WordKind } from "./verb.ts";

/** Completions of the last word of `line`, and that word. Those that end an argument end in a blank. */
export async function complete(session: NgctlSession, line: string): Promise<[string[], string]> {
  const words = line.trimStart().split(/[ \t]+/);
  const last = words.pop()!;
  const candidates = words.length === 0 ? commandNames(session.verbs) : await argumentWords(session, words, last);
  return [[...new Set(candidates)].filter((word) => isTypable(word) && word.startsWith(last)).sort(), last];
}

/** Names with control characters cannot be typed, and the terminal would act on them. */
function isTypable(word: string): boolean {
  return word !== "" && word === terminalWord(word);
}

function commandNames(verbs: readonly Verb[]): string[] {
  return verbs.flatMap((verb) => [verb.name, ...verb.aliases]).flatMap((word) => (/^\w/.test(word) ? `${word} ` : []));
}

/** Candidates for the word after `words`, with and without the optional first argument. */
async function argumentWords(session: NgctlSession, words: readonly string[], last: string): Promise<string[]> {
  const [word, ...given] = words as [string, ...string[]];
  const verb = findVerb(session.verbs, word);
  const [graph, types] = await Promise.all([
    session.client.snapshot(),
    session.client.call("types") as Promise<TypeDescription[]>,
  ]);
  const completer = new Completer(graph, types, session);
  const [path, message, ...typed] = given;
  if (verb.name === "msg" && path !== undefined && message !== undefined)
    return argumentCandidates(completer.argumentsOf(completer.nodeAt(path)?.type, message), typed, last);
  const readings: (readonly (readonly [WordKind, string])[])[] = [];
  const add = (kinds: readonly WordKind[]): void => {
    if (kinds.length > given.length)
      readings.push(kinds.slice(0, given.length + 1).map((kind, i) => [kind, given[i] ?? ""]));
  };
  add(verb.words);
  if (verb.words[0] === "path?") add(verb.words.slice(1));
  return readings.flatMap((reading) => candidatesFor(reading, completer));
}

function candidatesFor(reading: readonly (readonly [WordKind, string])[], completer: Completer): string[] {
  const value = (...kinds: readonly WordKind[]): string | undefined =>
    reading.slice(0, -1).find(([kind]) => kinds.includes(kind))?.[1];
  const at = value("path", "path?") ?? ".";
  switch (reading.at(-1)![0]) {
    case "path":
    case "path?":
    case "relpath":
      return completer.paths();
    case "type":
      return completer.typeNames();
    case "command":
      return completer.commands();
    case "hook":
      return completer.hooksOf(completer.nodeAt(at)?.type);
    case "peerhook": {
      const relpath = value("relpath");
      return completer.hooksOf(relpath === undefined ? value("type") : completer.nodeAt(relpath)?.type);
    }
    case "message":
      return completer.messagesOf(completer.nodeAt(at)?.type);
    case "file":
      return [];
  }
}

/** Answers completion queries from one snapshot of the graph. */
class Completer {
  readonly #graph: GraphSnapshot;
  readonly #types: readonly TypeDescription[];
  readonly #session: NgctlSession;

  constructor(graph: GraphSnapshot, types: readonly TypeDescription[], session: NgctlSession) {
    this.#graph = graph;
    this.#types = types;
    this.#session = session;
  }

  /** Nodes by name or id, and their neighbours by hook. */
  paths(): string[] {
    return this.#graph.nodes.flatMap((node) => {
      const address = `${node.name ?? `[${node.id.toString(16)}]`}:`;
      return [address, ...node.hooks.map((hook) => address + hook.name)];
    });
  }

  typeNames(): string[] {
    return this.#types.map((type) => `${type.name} `);
  }

  commands(): string[] {
    return commandNames(this.#session.verbs);
  }

  /** Hook names of a type; of a numbered hook (`iface<N>`) the part before the number. */
  hooksOf(type: string | undefined): string[] {
    return (
      this.#type(type)?.hooks.map(({ name }) => (name.includes("<") ? name.replace(/<.*$/, "") : `${name} `)) ?? []
    );
  }

  messagesOf(type: string | undefined): string[] {
    return [...(this.#type(type)?.messages ?? []), ...GENERIC_MESSAGES].map((message) => `${message.name} `);
  }

  /** Form of a message's arguments, empty when there are none or no such message. */
  argumentsOf(type: string | undefined, message: string): string {
    const own = this.#type(type)?.messages.find(({ name }) => name === message);
    return own?.args ?? GENERIC_MESSAGES.find(({ name }) => name === message)?.args?.label ?? "";
  }

  /** The node at a path, if every hook of the path exists. */
  nodeAt(path: string): NodeSnapshot | undefined {
    const colon = path.indexOf(":");
    const start = colon < 0 ? "." : path.slice(0, colon);
    const hooks = (colon < 0 ? path : path.slice(colon + 1)).split(".").filter((hook) => hook !== "");
    const id = /^\[([0-9a-f]+)\]$/i.exec(start)?.[1];
    let node = this.#graph.nodes.find((node) =>
      start === "."
        ? node.id === this.#session.client.nodeId
        : node.name === start || (id !== undefined && node.id === Number.parseInt(id, 16)),
    );
    for (const name of hooks) {
      const hook = node?.hooks.find((hook) => hook.name === name);
      node = hook && this.#graph.nodes.find((node) => node.id === hook.peerId);
    }
    return node;
  }

  #type(name: string | undefined): TypeDescription | undefined {
    return this.#types.find((type) => type.name === name);
  }
}
