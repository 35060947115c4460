import { dirname } from "node:path";
import type { Command } from "commander";
import { tryAddress } from "@ngflow/server";
import { ownControlPath } from "../../../control/path.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { CollectorWatch } from "../../../daemon/collector-watch.ts";
import { GraphWatch } from "../../../daemon/graph-watch.ts";
import { OwnGraph } from "../../../daemon/own-graph.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { serviceManager } from "../../../daemon/service-manager.ts";
import { startServe } from "../../../daemon/serve.ts";
import { printStopped } from "../../../daemon/status-line.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { elementsOption, useElements } from "../../../options/elements-file.ts";
import { httpAddress, httpConfig, httpFiles, httpOptions } from "../../../options/http-options.ts";
import {
  databaseFiles,
  type DatabaseOptions,
  databaseOptions,
  storeDatabase,
} from "../../../options/database-options.ts";
import { nameFiles, nameOptions, nameSettings } from "../../../options/name-options.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { collectorSocketPaths } from "../../../options/runtime-path.ts";
import { keepsText, storeLimits, storeOptions } from "../../../options/store-options.ts";
import { reloadAtHangUp, starting } from "../../../reload/on-hang-up.ts";
import { Reloader, type ReloadReport, settingSource, type SettingSource } from "../../../reload/reloader.ts";
import { logRow } from "../../../reload/rows.ts";
import { printConsole } from "../../../output/print-console.ts";
import { watchConfig, watchFiles, watchOptions } from "../../../options/watch-options.ts";
import { printSentences } from "../../../output/print-text.ts";
import { savedNames } from "../../../daemon/saved-names.ts";

interface Options extends SharedConfig, DatabaseOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The store and console daemon. */
export async function runServe(options: Options, source: SettingSource): Promise<void> {
  const log = createLog("serve", options);
  const directory = dataDirectory(options.data);
  const control = ownControlPath(options.control);
  useElements(options.elements);
  const reads = [
    options.config,
    ...httpFiles(options),
    ...databaseFiles(options),
    ...watchFiles(options),
    ...nameFiles(options),
  ];
  const change = await prepareUser(options.user, { dataDirectory: directory, control });
  const ports = [httpAddress(options).port];
  confineDaemon({ ports, writes: [directory], reads, reaches: [dirname(control)] }, { change });
  const http = httpConfig(options);
  const watched = watchConfig(options);
  await tryAddress(http);
  const collector = new CollectorWatch(collectorSocketPaths(directory), directory);
  const watch = new GraphWatch(control);
  // A control socket that was named is the one that is meant.
  const listening = async () => (await collector.state())?.ports ?? null;
  const graph = options.control === undefined ? new OwnGraph(watch, listening) : watch;
  const manager = serviceManager();
  const again: { reload: () => Promise<ReloadReport> } = { reload: async () => starting() };
  manager.opening("opening the store");
  const serve = await startServe(
    {
      dataDirectory: directory,
      http,
      limits: storeLimits(options),
      database: storeDatabase(options),
      names: nameSettings(options),
      ...watched,
    },
    {
      graph,
      collector: () => collector.state(),
      exporters: () => collector.exporters(),
      names: savedNames(directory),
      alive: manager.alive,
      reload: () => again.reload(),
      info: { mode: "serve", data: directory },
    },
    log,
  );
  // Before anybody is told that it runs, and may stop it.
  const stop = stopRequested();
  if (!options.quiet) {
    const readers = serve.readers === "" ? "" : `readers  ${serve.readers}\n`;
    printSentences(process.stdout, `data     ${directory}\nkeeps    ${keepsText(storeLimits(options))}\n${readers}`, 9);
    printConsole(process.stdout, serve.url);
  }
  const status = `console ${serve.url}`;
  const rows = [...serve.rows, logRow(log, options)];
  again.reload = reloadAtHangUp(new Reloader(source, options, rows), { log, manager, status });
  manager.ready(status);
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
    .addOption(elementsOption())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.logLevel())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options, self: Command) => runServe(withConfig(options), settingSource(options, self)));
  for (const option of [...httpOptions(), ...storeOptions(), ...databaseOptions(), ...watchOptions(), ...nameOptions()])
    serve.addOption(option);
  return serve;
}
