import { Command, Option } from "commander";
import { type RebuildScript, scriptText } from "@ngflow/plan";
import { ownControlPath } from "../../control/path.ts";
import { runNgctl } from "../ngctl/ngctl.ts";
import { sharedOptions } from "../../options/options.ts";
import { askDaemon } from "../../control/ask-daemon.ts";
import { printText } from "../../output/print-text.ts";
import { VerbError } from "./errors.ts";

type Format = "ngctl" | "json" | "dot";

/** Writes the current graph of a daemon to standard output. @throws NgflowError when there is no daemon. */
async function exportGraph(control: string | undefined, format: Format): Promise<void> {
  if (format === "dot") {
    const { stdin, stdout, stderr, pid } = process;
    const args = ["--control", ownControlPath(control), "dot"];
    const status = await runNgctl(args, { stdin, stdout, stderr, pid, isTerminal: false });
    if (status !== 0) throw new VerbError("graph-export", "the graph could not be drawn");
    return;
  }
  const text = await askDaemon(control, async (client) =>
    format === "json"
      ? `${JSON.stringify(await client.snapshot())}\n`
      : scriptText((await client.call("rebuild")) as RebuildScript),
  );
  // A program gets the script as it is.
  if (process.stdout.isTTY) printText(process.stdout, text);
  else process.stdout.write(text);
}

/** `ngflow graph export`. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write the current graph as an ngctl script that rebuilds it, as JSON, or as DOT for Graphviz")
    .addOption(sharedOptions.control())
    .addOption(new Option("--format <format>", "output format").choices(["ngctl", "json", "dot"]).default("ngctl"))
    .action(async (_options: object, command: Command) => {
      // The daemon's own --control may come before or after the verb.
      const { control, format } = command.optsWithGlobals<{ control?: string; format: Format }>();
      await exportGraph(control, format);
    });
}
