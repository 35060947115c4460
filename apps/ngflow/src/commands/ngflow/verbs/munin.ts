import { type Command, Option } from "commander";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { measure } from "../../../service/munin/measure.ts";
import { runMunin } from "../../../service/munin/run-munin.ts";
import { terminal } from "../../../service/printer.ts";

async function run(word: string | undefined, options: { data?: string; link: string }): Promise<void> {
  const directory = dataDirectory(options.data);
  process.exitCode = await runMunin(word ?? "", {
    link: options.link,
    dirtyConfig: process.env["MUNIN_CAP_DIRTYCONFIG"] === "1",
    measure: () => measure(directory),
    print: terminal,
  });
}

export function define(command: Command): Command {
  return command
    .argument("[word]", "autoconf, suggest, config, or fetch (the default)")
    .addOption(sharedOptions.data())
    .addOption(new Option("--link <name>", "name of one graph, or ngflow for all").default("ngflow"))
    .action(run);
}
