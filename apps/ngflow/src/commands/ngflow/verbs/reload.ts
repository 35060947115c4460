import { type Command, Option } from "commander";
import { askCollectorReload } from "../../../daemon/collector-watch.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import type { ReloadReport } from "../../../reload/reloader.ts";
import { reportLines } from "../../../reload/report-text.ts";
import { askReload } from "../../../store/action-socket.ts";
import { VerbError } from "../errors.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
}

/** What a daemon did. */
interface DaemonReload extends ReloadReport {
  /** `serve` or `up`, which has the store open; `collect` where that runs apart. */
  readonly daemon: "serve" | "collect";
}

async function run({ data, json }: Options): Promise<void> {
  const directory = dataDirectory(data);
  await enterDataDirectory(directory);
  const daemons: DaemonReload[] = [];
  const add = (daemon: DaemonReload["daemon"], report: ReloadReport | null | undefined): void => {
    if (report) daemons.push({ daemon, ...report });
  };
  add("serve", await askReload(directory));
  // The collector of `up` has changed with it, and says nothing.
  add("collect", await askCollectorReload(directory));
  if (daemons.length === 0) {
    throw new VerbError("no-daemon", `${directory}: no daemon runs here; name its data directory with --data`);
  }
  if (json === true) await writeOut(`${JSON.stringify({ daemons })}\n`);
  else for (const each of daemons) for (const line of reportLines(each)) say(`${each.daemon}: ${line}`);
}

const say = (line: string): void => printText(process.stdout, `${line}\n`);

export function define(command: Command): Command {
  return command
    .addOption(new Option("--json", "JSON instead of text"))
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .addHelpText(
      "after",
      `
The daemon reads the file that its own --config names. SIGHUP does the same;
"ngflow graph" takes it, too.
A file with a fault changes nothing, and the fault is printed.

Examples:
  ngflow config check ngflow.yaml && ngflow reload
  ngflow reload --data /var/lib/ngflow --json
`,
    )
    .action((options: Options) => run(withConfig(options)));
}
