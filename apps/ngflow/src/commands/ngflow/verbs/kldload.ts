import { NgflowError } from "@ngflow/base";
import type { Command } from "commander";
import type { ControlClient } from "../../../control/client.ts";
import { sharedOptions } from "../../../options/options.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { VerbError } from "../errors.ts";
import { isModulePath, modulePath, packagePath } from "../module-path.ts";
import { printText } from "../../../output/print-text.ts";

/**
 * Loads node types by module name, like kldload(8), or from a user's module, by path or package name. A module of
 * the daemon that is loaded already is not a failure. Paths are relative to `directory`.
 * @throws NgflowError for the first that cannot be loaded.
 */
export async function loadModules(
  modules: readonly string[],
  control?: string,
  directory = process.cwd(),
): Promise<void> {
  await askDaemon(control, async (client) => {
    for (const name of modules) {
      if (isModulePath(name)) await client.call("kldloadfile", modulePath(name, directory));
      else await loadByName(client, name, directory);
    }
  });
}

async function loadByName(client: ControlClient, name: string, directory: string): Promise<void> {
  try {
    await client.call("kldload", name);
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    if (error.code === "EEXIST") {
      printText(process.stderr, `ngflow: ${name} is already loaded\n`);
      return;
    }
    const path = error.code === "ENOENT" ? packagePath(name, directory) : undefined;
    if (path === undefined) throw refusal(name, error);
    await client.call("kldloadfile", path);
  }
}

function refusal(name: string, error: NgflowError): NgflowError {
  if (error.code !== "ENOENT") return error;
  return new VerbError(
    "module-unknown",
    `can't load ${name}: No such file or directory; "ngflow kldstat" lists the modules`,
    { cause: error },
  );
}

export function define(command: Command): Command {
  return command
    .argument("<module...>", "module names, file paths (./my-node.mjs) or package names")
    .addOption(sharedOptions.control())
    .action((modules: string[], options: { control?: string }) => loadModules(modules, options.control));
}
