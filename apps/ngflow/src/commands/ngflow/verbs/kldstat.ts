import { EXIT } from "@ngflow/base";
import type { ModuleInfo } from "@ngflow/graph";
import type { Command } from "commander";
import { sharedOptions } from "../../../options/options.ts";
import { printText } from "../../../output/print-text.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { VerbError } from "../errors.ts";

/** The options of kldstat(8), and `--json`. */
interface Options {
  readonly control?: string;
  readonly json?: boolean;
  /** `-m`: the module of this name. */
  readonly m?: string;
  /** `-n`: the file of this name, with or without `.ko`. */
  readonly n?: string;
  /** `-q`: print nothing; only the exit status says whether it is loaded. */
  readonly q?: boolean;
}

/** Modules of a daemon, one per line: whether each is loaded, and its node types. */
export function renderModules(modules: readonly ModuleInfo[]): string {
  const row = (name: string, state: string, types: string): string =>
    `${name.padEnd(16)} ${state.padEnd(9)} ${types}`.trimEnd() + "\n";
  const rows = modules.map(({ name, loaded, types }) => row(name, loaded ? "loaded" : "available", types.join(" ")));
  return row("Module", "State", "Node types") + rows.join("");
}

/**
 * The modules that `-m` or `-n` choose, or all.
 * @throws VerbError when the chosen one is not loaded.
 */
export function chosenModules(modules: readonly ModuleInfo[], { m, n }: Pick<Options, "m" | "n">): ModuleInfo[] {
  if (m === undefined && n === undefined) return [...modules];
  const name = m ?? n!.replace(/\.ko$/, "");
  const found = modules.filter((module) => module.loaded && module.name === name);
  if (found.length > 0) return found;
  const what = m === undefined ? `file ${n}` : `module ${m}`;
  throw new VerbError("module-not-loaded", `can't find ${what}: No such file or directory`);
}

async function run(options: Options): Promise<void> {
  const modules = (await askDaemon(options.control, (client) => client.call("kldstat"))) as ModuleInfo[];
  const isChoice = options.m !== undefined || options.n !== undefined;
  let chosen: ModuleInfo[];
  try {
    chosen = chosenModules(modules, options);
  } catch (error) {
    if (options.q !== true || !(error instanceof VerbError)) throw error;
    process.exitCode = EXIT.failed;
    return;
  }
  if (isChoice && options.q === true) return;
  if (options.json === true) process.stdout.write(`${JSON.stringify(chosen)}\n`);
  else printText(process.stdout, renderModules(chosen));
}

export function define(command: Command): Command {
  return command
    .addOption(sharedOptions.control())
    .option("-m <module>", "list this module; exit status 1 if it is not loaded")
    .option("-n <file>", "list the module of this file, with or without .ko; exit status 1 if it is not loaded")
    .option("-q", "with -m or -n: print nothing")
    .option("-v", "list the node types of each module, which is always done")
    .option("--json", "print JSON")
    .action(run);
}
