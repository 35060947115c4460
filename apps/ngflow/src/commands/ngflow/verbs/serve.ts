import type { Command } from "commander";
import { ownControlPath } from "../../../control/path.ts";
import { CollectorWatch } from "../../../daemon/collector-watch.ts";
import { GraphWatch } from "../../../daemon/graph-watch.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { startServe } from "../../../daemon/serve.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { DEFAULT_HTTP, parseHostPort, sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { collectorSocketPaths } from "../../../options/runtime-path.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The store and console daemon. */
export async function runServe(options: Options): Promise<void> {
  const log = createLog("serve", options);
  const directory = dataDirectory(options.data);
  const control = ownControlPath(options.control);
  const http = options.http === undefined ? DEFAULT_HTTP : parseHostPort(options.http);
  confineDaemon({ ports: [http.port], writes: [directory, control], reads: [options.config] });
  const collector = new CollectorWatch(collectorSocketPaths(directory), directory);
  const watch = new GraphWatch(control);
  const serve = await startServe(
    { dataDirectory: directory, http },
    {
      graph: watch,
      collector: () => collector.state(),
      info: { mode: "serve", data: directory },
    },
    log,
  );
  if (!options.quiet) printText(process.stdout, `console  ${serve.url}\ndata     ${directory}\n`);
  await stopRequested();
  await serve.stop();
  collector.close();
  await watch.close();
}

export function define(command: Command): Command {
  return command
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.http())
    .addOption(sharedOptions.control())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => runServe(withConfig(options)));
}
