import { NgflowError } from "@ngflow/base";
import type { Command } from "commander";
import { sharedOptions } from "../../../options/options.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";
import { VerbError } from "../errors.ts";

/**
 * Unloads node types by module name, as kldunload(8) does.
 * @throws NgflowError for the first that is in use or not loaded.
 */
export async function unloadModules(modules: readonly string[], control?: string): Promise<void> {
  await askDaemon(control, async (client) => {
    for (const name of modules) {
      try {
        await client.call("kldunload", name);
      } catch (error) {
        if (!(error instanceof NgflowError)) throw error;
        if (error.code === "ENOENT") {
          throw new VerbError("module-not-loaded", `can't find ${name}: it is not loaded`, {
            cause: error,
          });
        }
        if (error.code !== "EBUSY") throw error;
        throw new VerbError(
          "module-busy",
          `can't unload ${name}: Device busy; shut down its nodes first ("ngctl types" counts them)`,
          { cause: error },
        );
      }
    }
  });
}

export function define(command: Command): Command {
  return command
    .argument("<module...>", "names of the modules to unload")
    .addOption(sharedOptions.control())
    .action((modules: string[], options: { control?: string }) => unloadModules(modules, options.control));
}
