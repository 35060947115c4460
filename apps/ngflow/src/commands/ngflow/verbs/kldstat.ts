import type { ModuleInfo } from "@ngflow/graph";
import type { Command } from "commander";
import { sharedOptions } from "../../../options/options.ts";
import { printText } from "../../../output/print-text.ts";
import { askDaemon } from "../../../control/ask-daemon.ts";

/** The modules of a daemon, one per line: whether each is loaded, and its node types. */
export function renderModules(modules: readonly ModuleInfo[]): string {
  const row = (name: string, state: string, types: string): string =>
    `${name.padEnd(16)} ${state.padEnd(9)} ${types}`.trimEnd() + "\n";
  const rows = modules.map(({ name, loaded, types }) => row(name, loaded ? "loaded" : "available", types.join(" ")));
  return row("Module", "State", "Node types") + rows.join("");
}

export function define(command: Command): Command {
  return command
    .addOption(sharedOptions.control())
    .option("--json", "print JSON")
    .action(async (options: { control?: string; json?: boolean }) => {
      const modules = (await askDaemon(options.control, (client) => client.call("kldstat"))) as ModuleInfo[];
      if (options.json === true) process.stdout.write(`${JSON.stringify(modules)}\n`);
      else printText(process.stdout, renderModules(modules));
    });
}
