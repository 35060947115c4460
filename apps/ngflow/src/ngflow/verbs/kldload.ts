import { NgflowError } from "@ngflow/base";
import { Command } from "commander";
import { sharedOptions } from "../../options.ts";
import { askDaemon } from "../ask-daemon.ts";

/** Loads node types by module name, as kldload(8) does; one that is loaded already is no failure here. */
export async function loadModules(modules: readonly string[], control?: string): Promise<void> {
  await askDaemon(control, async (client) => {
    for (const name of modules) {
      try {
        await client.call("kldload", name);
      } catch (error) {
        if (!(error instanceof NgflowError)) throw error;
        if (error.code !== "EEXIST") throw refusal(name, error);
        process.stderr.write(`ngflow: ${name} is already loaded\n`);
      }
    }
  });
}

function refusal(name: string, error: NgflowError): NgflowError {
  if (error.code !== "ENOENT") return error;
  return new NgflowError(
    "module-unknown",
    `can't load ${name}: No such file or directory; "ngflow kldstat" lists the modules there are`,
    "failed",
    { cause: error },
  );
}

export function command(): Command {
  return new Command("kldload")
    .description("load node types by module name, for example ng_netflow")
    .argument("<module...>", "modules to load")
    .addOption(sharedOptions.control())
    .action((modules: string[], options: { control?: string }) => loadModules(modules, options.control));
}
