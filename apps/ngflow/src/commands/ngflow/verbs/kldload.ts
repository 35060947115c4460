import { EXIT, NgflowError } from "@ngflow/base";
import type { ModuleInfo } from "@ngflow/graph";
import type { Command } from "commander";
import type { ControlClient } from "../../../control/client.ts";
import { sharedOptions } from "../../../options/options.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { VerbError } from "../errors.ts";
import { isModulePath, modulePath, packagePath } from "../module-path.ts";
import { printText } from "../../../output/print-text.ts";

/** The options of kldload(8). */
export interface LoadOptions {
  /** Path of the daemon's socket. */
  readonly control?: string;
  /** `-n`: a module of the daemon that is loaded already is not a failure. */
  readonly n?: boolean;
  /** `-q`: print no line about a module that was not loaded. */
  readonly q?: boolean;
  /** `-v`: print what was loaded. */
  readonly v?: boolean;
}

/**
 * Loads node types by module name, or from a user's module, by path or package name. The others are loaded too when
 * one cannot be; each has a line on standard error. Paths are relative to `directory`.
 * @throws NgflowError for the last that was not loaded, whose line is the caller's; with `q`, it has none.
 */
export async function loadModules(
  modules: readonly string[],
  options: LoadOptions = {},
  directory = process.cwd(),
): Promise<void> {
  await askDaemon(options.control, async (client) => {
    let failure: NgflowError | undefined;
    for (const name of modules) {
      try {
        const line = await loadOne(client, name, options.n === true, directory);
        if (options.v === true) printText(process.stdout, `${line}\n`);
      } catch (error) {
        // Only what is the module's own: a daemon that has gone ends it all.
        if (!(error instanceof NgflowError) || error.exit === EXIT.os) throw error;
        if (options.q === true) process.exitCode = EXIT.failed;
        else {
          if (failure !== undefined) printText(process.stderr, `ngflow: ${failure.message}\n`);
          failure = error;
        }
      }
    }
    if (failure !== undefined) throw failure;
  });
}

/** Loads a module. Returns what `-v` prints. */
async function loadOne(client: ControlClient, name: string, mayBeLoaded: boolean, directory: string): Promise<string> {
  const path = isModulePath(name) ? modulePath(name, directory) : undefined;
  if (path !== undefined) return loadFile(client, name, path);
  try {
    await client.call("kldload", name);
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    const cause = error;
    if (error.code === "EEXIST") {
      if (mayBeLoaded) return `${name} is already loaded`;
      throw new VerbError("module-loaded", `can't load ${name}: module already loaded or in kernel`, { cause });
    }
    if (error.code !== "ENOENT") throw error;
    const found = packagePath(name, directory);
    if (found !== undefined) return loadFile(client, name, found);
    const why = 'No such file or directory; "ngflow kldstat" lists the modules';
    throw new VerbError("module-unknown", `can't load ${name}: ${why}`, { cause });
  }
  return loadedLine(client, name, name.replace(/\.ko$/, ""));
}

async function loadFile(client: ControlClient, name: string, path: string): Promise<string> {
  const [module] = (await client.call("kldloadfile", path)) as string[];
  return loadedLine(client, name, module!);
}

/** The line of a module that was loaded; its id is its row in kldstat, from 1. */
async function loadedLine(client: ControlClient, name: string, module: string): Promise<string> {
  const rows = (await client.call("kldstat")) as ModuleInfo[];
  return `Loaded ${name}, id=${rows.findIndex((row) => row.name === module) + 1}`;
}

export function define(command: Command): Command {
  return command
    .argument("<module...>", "module names, file paths (./my-node.mjs) or package names")
    .option("-n", "a module that is loaded already is not a failure")
    .option("-q", "print no line about a module that is not loaded")
    .option("-v", "print what was loaded")
    .addOption(sharedOptions.control())
    .action((modules: string[], options: LoadOptions) => loadModules(modules, options));
}
