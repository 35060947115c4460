import { dirname } from "node:path";
import type { Command } from "commander";
import { tryAddress } from "@ngflow/server";
import { ownControlPath } from "../../../control/path.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { CollectorWatch } from "../../../daemon/collector-watch.ts";
import { GraphWatch } from "../../../daemon/graph-watch.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { serviceManager } from "../../../daemon/service-manager.ts";
import { startServe } from "../../../daemon/serve.ts";
import { printStopped } from "../../../daemon/status-line.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { httpAddress, httpConfig, httpFiles, httpOptions } from "../../../options/http-options.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { collectorSocketPaths } from "../../../options/runtime-path.ts";
import { keepsText, storeLimits, storeOptions } from "../../../options/store-options.ts";
import { printConsole } from "../../../output/print-console.ts";
import { printText } from "../../../output/print-text.ts";
import { savedNames } from "../../../daemon/saved-names.ts";

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
  const reads = [options.config, ...httpFiles(options)];
  const change = await prepareUser(options.user, { dataDirectory: directory, control });
  const ports = [httpAddress(options).port];
  confineDaemon({ ports, writes: [directory], reads, reaches: [dirname(control)] }, { change });
  const http = httpConfig(options);
  await tryAddress(http);
  const collector = new CollectorWatch(collectorSocketPaths(directory), directory);
  const watch = new GraphWatch(control);
  const manager = serviceManager();
  manager.opening("opening the store");
  const serve = await startServe(
    { dataDirectory: directory, http, limits: storeLimits(options) },
    {
      graph: watch,
      collector: () => collector.state(),
      exporters: () => collector.exporters(),
      names: savedNames(directory),
      alive: manager.alive,
      info: { mode: "serve", data: directory },
    },
    log,
  );
  // Before anybody is told that it runs, and may stop it.
  const stop = stopRequested();
  if (!options.quiet) {
    const readers = serve.readers === "" ? "" : `readers  ${serve.readers}\n`;
    printText(process.stdout, `data     ${directory}\nkeeps    ${keepsText(storeLimits(options))}\n${readers}`);
    printConsole(process.stdout, serve.url);
  }
  manager.ready(`console ${serve.url}`);
  await stop;
  manager.stopping();
  const store = await serve.stop();
  collector.close();
  await watch.close();
  if (!options.quiet) printStopped(process.stdout, { store });
}

export function define(command: Command): Command {
  const serve = command
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.control())
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => runServe(withConfig(options)));
  for (const option of [...httpOptions(), ...storeOptions()]) serve.addOption(option);
  return serve;
}
