import { isAbsolute, join } from "node:path";
import { NgError } from "@ngflow/graph";
import { NODE_TYPES } from "@ngflow/nodes";
import {
  isInterfaceName,
  readScript,
  type Script,
  type ScriptCommand,
  scriptInterfaces,
  type ShellHost,
} from "@ngflow/plan";
import { VERBS } from "../commands/ngctl/verbs.ts";
import { CommandError } from "../commands/ngctl/command-error.ts";
import type { Files } from "../commands/ngctl/files.ts";
import { HARMLESS_FILES } from "./harmless-files.ts";
import { Model } from "./model-machine.ts";
import { ScriptRunner } from "./script-runner.ts";

export interface ReadOnModelOptions {
  /** Values of shell variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Arguments of the script; undefined when they are not given. */
  readonly args?: readonly string[];
  /** Name of the node that stands for ngctl. */
  readonly ownName?: string;
  /** Folder of the script, where files are that it names without a folder. */
  readonly directory?: string;
  /** Files that the script may read; those of the machine by default. */
  readonly files?: Files;
}

/** Interfaces that are looked for in a shell script; `explain` refuses more. */
const MAX_FOUND = 100;

/** A script with the interfaces that it expects. */
export interface ReadScript {
  readonly script: Script;
  readonly interfaces: readonly string[];
}

/**
 * Reads a script for a machine that is known.
 * @param machine makes the machine as it is before the script; called for a shell script only.
 */
export function readForMachine(text: string, machine: () => Model, options: ReadOnModelOptions = {}): Promise<Script> {
  return readScript(text, { ...options, verbs: VERB_NAMES, host: hostOf(machine, options) });
}

/**
 * Reads a script for a machine of which nothing is known: it has the interfaces that the script takes for granted.
 * A shell script is run on a model. It is run again when it names an interface that the model lacks, so that conditions
 * turn out as on a machine that has it.
 * @param given interfaces, instead of those that the script names.
 */
export async function readForModel(
  text: string,
  given: readonly string[] | undefined,
  options: ReadOnModelOptions = {},
): Promise<ReadScript> {
  const finder = new InterfaceFinder(text, given);
  for (;;) {
    const model = new Model({ interfaces: finder.names, listsInOrder: true });
    const host = hostOf(() => model, options);
    const run: ShellHost["run"] = (command) => {
      finder.look(command, model);
      return host.run(command);
    };
    try {
      const script = await readScript(text, { ...options, verbs: VERB_NAMES, host: { ...host, run } });
      if (script.style === "shell") return { script, interfaces: finder.names };
      return { script, interfaces: given ?? scriptInterfaces(script.commands, ownNames) };
    } catch (error) {
      if (!(error instanceof InterfacesChanged)) throw error;
    }
  }
}

const VERB_NAMES = VERBS.map((verb) => verb.name);

/** The script is to be run again, with other interfaces. */
class InterfacesChanged extends Error {}

/** Finds the interfaces that a shell script names while it runs. */
class InterfaceFinder {
  names: readonly string[];
  readonly #fixed: boolean;
  /** Names that the script gives to nodes. */
  readonly #given: RegExp | undefined;
  readonly #nodes = new Set<string>();

  constructor(text: string, given: readonly string[] | undefined) {
    this.names = [...new Set(given ?? [])];
    this.#fixed = given !== undefined;
    this.#given = givenNames(text);
  }

  /** Looks at a command before it runs. @throws InterfacesChanged */
  look({ words, needs = [] }: ScriptCommand, model: Model): void {
    if (this.#fixed) return;
    const [verb = "", path = "", other = ""] = words;
    const isName = words.length === 3 && "name".startsWith(verb);
    if (isName && this.names.includes(other)) {
      this.#nodes.add(other);
      this.names = this.names.filter((name) => name !== other);
      throw new InterfacesChanged();
    }
    for (const word of isName ? [path] : [path, other]) {
      const name = word.slice(0, Math.max(0, word.indexOf(":")));
      // A value that only the machine knows stands for an interface where it is the whole name: `$IF:lower`.
      const unknown = name.startsWith("$") && needs.includes(name.slice(1));
      if (!unknown && (!isInterfaceName(name) || this.#given?.test(name) === true)) continue;
      if (this.#nodes.has(name) || this.names.length >= MAX_FOUND || hasNode(model, name)) continue;
      this.names = [...this.names, name];
      throw new InterfacesChanged();
    }
  }
}

function hasNode({ graph }: Model, name: string): boolean {
  try {
    graph.resolve(undefined, `${name}:`);
    return true;
  } catch (error) {
    if (error instanceof NgError) return false;
    throw error;
  }
}

/** Types whose nodes take names by themselves, those of the host's interfaces that they make. */
const OWN_NAMES: ReadonlyMap<string, RegExp> = new Map(
  NODE_TYPES.flatMap(({ name, ownNames }) => (ownNames === undefined ? [] : [[name, ownNames] as const])),
);

function ownNames(type: string): RegExp | undefined {
  return OWN_NAMES.get(type);
}

/** The names that a script gives to nodes, found in its text: `name em0:lower nf_$IF` gives `nf_…`. */
function givenNames(text: string): RegExp | undefined {
  const found = [...OWN_NAMES].flatMap(([type, { source }]) =>
    new RegExp(`\\b${type}\\b`).test(text) ? [source.replaceAll(/^\^|\$$/g, "")] : [],
  );
  for (const [, word = ""] of text.matchAll(/\bname\s+\S+\s+["']?([^\s"';|&)]+)/g)) {
    // A name that is wholly in a variable: the values that the script gives to that.
    const variable = /^\$\{?(\w+)\}?$/.exec(word)?.[1];
    if (variable !== undefined) {
      const assigned = new RegExp(`\\b${variable}(?::?[=-]|=["']?(?:\\$\\{\\w+:?[=-])?)["']?([\\w-]+)`, "g");
      for (const [, name = ""] of text.matchAll(assigned)) found.push(name);
      continue;
    }
    const pattern = word
      .split(/\$\{[^}]*\}|\$\w+/)
      .map((part) => part.replaceAll(/\W/g, "\\$&"))
      .join(".*");
    if (pattern !== ".*") found.push(pattern);
  }
  return found.length === 0 ? undefined : new RegExp(`^(?:${found.join("|")})$`);
}

function hostOf(machine: () => Model, { ownName, directory, files = HARMLESS_FILES }: ReadOnModelOptions): ShellHost {
  let made: { readonly model: Model; readonly runner: ScriptRunner } | undefined;
  const own = (): NonNullable<typeof made> => {
    const model = made?.model ?? machine();
    return (made ??= { model, runner: new ScriptRunner(model.graph, files, ownName) });
  };
  return {
    run: (command) => own().runner.run(command),
    close: async (session) => made?.runner.close(session),
    hasNode: (name) => hasNode(own().model, name),
    readFile: (path) =>
      readText(files, path) ??
      (directory === undefined || isAbsolute(path) ? undefined : readText(files, join(directory, path))),
  };
}

function readText(files: Files, path: string): string | undefined {
  try {
    return files.readText(path);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
