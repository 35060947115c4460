import type { Command } from "commander";
import { prepareUser } from "../../../daemon/change-user.ts";
import { startCollect } from "../../../daemon/collect.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { hasParent, reportFinal, reportingFailure, reportReady, stopAsked } from "../../../daemon/report.ts";
import { serviceManager } from "../../../daemon/service-manager.ts";
import { printStopped } from "../../../daemon/status-line.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { receiveFiles, receiveOptions, receiveSettings } from "../../../options/receive-options.ts";
import { listenText, sharedOptions } from "../../../options/options.ts";
import { teeOption, teeTargets } from "../../../options/tee-option.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { parseSize, spoolOption } from "../../../options/store-options.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** The collector daemon. It needs no privilege and never waits for the store. */
async function runCollect(options: Options): Promise<void> {
  const log = createLog("collect", hasParent() ? { ...options, level: "warn" } : options);
  const directory = dataDirectory(options.data);
  const receive = receiveSettings(options);
  const { listen, allowExporters } = receive;
  const change = await prepareUser(options.user, { dataDirectory: directory });
  const ports = listen.map(({ port }) => port);
  const tee = teeTargets(options.tee);
  const spoofs = tee.some(({ spoof }) => spoof);
  const reads = [options.config, ...receiveFiles(receive)];
  confineDaemon({ ports, spoofs, writes: [directory], reads, reaches: [] }, { change });
  const spoolBytes = options.spoolSize === undefined ? undefined : parseSize(options.spoolSize);
  const collect = await startCollect({ ...receive, tee, dataDirectory: directory, spoolBytes }, log);
  // Before anybody is told that it runs, and may stop it.
  const stop = stopAsked();
  if (hasParent()) reportReady("collect", { ports: collect.ports });
  else if (!options.quiet) {
    const where = listen.map(listenText);
    const from = allowExporters.length > 0 ? `exporters  ${allowExporters.join(" ")} only\n` : "";
    const to = tee.length > 0 ? `tee        ${options.tee!.join(" ")}\n` : "";
    printText(process.stdout, `listening  ${where.join(" ")}\n${from}${to}data       ${directory}\n`);
  }
  const manager = serviceManager();
  collect.watch(manager.alive);
  const bound = listen.map(({ transport = "udp" }, i) => `${transport} port ${collect.ports[i]}`);
  manager.ready(`${bound.join(", ")}, data in ${directory}`);
  await stop;
  manager.stopping();
  await collect.stop();
  const last = collect.state();
  if (!hasParent() && !options.quiet) printStopped(process.stdout, { collector: last.collector, spool: last.spool });
  await reportFinal("collect", last);
}

export function define(command: Command): Command {
  command.addOption(sharedOptions.data());
  for (const option of receiveOptions()) command.addOption(option);
  return command
    .addOption(teeOption())
    .addOption(spoolOption())
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => reportingFailure(() => runCollect(withConfig(options))));
}
