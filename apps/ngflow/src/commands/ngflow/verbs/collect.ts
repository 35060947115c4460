import { type Command, Option } from "commander";
import { prepareUser } from "../../../daemon/change-user.ts";
import { type CollectDaemon, startCollect } from "../../../daemon/collect.ts";
import { earlySockets, inheritedSockets } from "../../../daemon/early-sockets.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon } from "../../../daemon/privileges.ts";
import { hasParent } from "../../../daemon/has-parent.ts";
import { changeWhenAsked, reportFinal, reportingFailure, reportReady, stopAsked } from "../../../daemon/report.ts";
import { serviceManager } from "../../../daemon/service-manager.ts";
import { storeFiles } from "../../../daemon/store-files.ts";
import { OptionsError } from "../../../options/errors.ts";
import { printStopped } from "../../../daemon/status-line.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { receiveFiles, receiveOptions, receiveSettings } from "../../../options/receive-options.ts";
import { collect as repeatable, listenText, sharedOptions } from "../../../options/options.ts";
import { teeFiles, teeOption, teeTargets } from "../../../options/tee-option.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { parseSize, spoolOption } from "../../../options/store-options.ts";
import { reloadAtHangUp } from "../../../reload/on-hang-up.ts";
import { Reloader, settingSource, type SettingSource } from "../../../reload/reloader.ts";
import { logRow, receiveRow } from "../../../reload/rows.ts";
import { printSentences, printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly read?: readonly string[];
}

/** Reads files instead of sockets. @throws NgflowError the first fault of a file, after all files were read */
async function readFiles(
  files: readonly string[],
  { collector, fill }: CollectDaemon,
  stop: Promise<unknown>,
): Promise<void> {
  const say = (line: string): void => printText(process.stderr, `ngflow: ${line}\n`);
  let isStopped = false;
  void stop.then(() => (isStopped = true));
  await storeFiles(
    files,
    { collector, fill },
    {
      stopped: () => isStopped,
      waits: () =>
        say("the spool is half full: waiting until ngflow serve or ngflow up stores flows (Ctrl-C ends this)"),
      damaged: (file, message) => say(`${file}: ${message.replace(`${file}: `, "")}`),
    },
  );
}

/** The collector daemon. It needs no privilege and never waits for the store. */
async function runCollect(options: Options, source: SettingSource): Promise<void> {
  const log = createLog("collect", hasParent() ? { ...options, level: "warn" } : options);
  const directory = dataDirectory(options.data);
  const { read } = options;
  if (read !== undefined && options.config === undefined && (options.listen ?? options.receive) !== undefined) {
    throw new OptionsError("usage", "--read takes flows from files and --listen from exporters: use one of them");
  }
  const receive = { ...receiveSettings(options), ...(read !== undefined && { listen: [], exporterRate: 0 }) };
  const { listen, allowExporters } = receive;
  const change = await prepareUser(options.user, { dataDirectory: directory });
  const ports = listen.map(({ port }) => port);
  const tee = teeTargets(options.tee);
  const spoofs = tee.some(({ spoof }) => spoof);
  const reads = [
    options.config,
    ...receiveFiles(receive),
    ...teeFiles(options.tee),
    ...(read ?? []).filter((file) => file !== "-"),
  ];
  // Root's privilege ends below, so sockets with large buffers are opened here.
  const sockets = await earlySockets(listen, receive.receivers, directory);
  const inherited = inheritedSockets(sockets);
  confineDaemon({ ports, spoofs, writes: [directory], reads, reaches: [] }, { change, inherited });
  const spoolBytes = options.spoolSize === undefined ? undefined : parseSize(options.spoolSize);
  const collect = await startCollect({ ...receive, listen: sockets, tee, dataDirectory: directory, spoolBytes }, log);
  // Before anybody is told that it runs, and may stop it.
  const stop = stopAsked();
  if (hasParent()) reportReady("collect", { ports: collect.ports });
  else if (read === undefined && !options.quiet) {
    const where = listen.map(listenText);
    const from = allowExporters.length > 0 ? `exporters  ${allowExporters.join(" ")} only\n` : "";
    const to = tee.length > 0 ? `tee        ${options.tee!.join(" ")}\n` : "";
    printSentences(process.stdout, `listening  ${where.join(" ")}\n${from}${to}data       ${directory}\n`, 11);
  }
  const manager = serviceManager();
  collect.watch(manager.alive);
  const bound = listen.map(({ transport = "udp" }, i) => `${transport} port ${collect.ports[i]}`);
  const status = `${bound.join(", ")}, data in ${directory}`;
  if (hasParent()) changeWhenAsked((change) => collect.change(change));
  else {
    const rows = [logRow(log, options), ...(read === undefined ? [receiveRow(receiveSettings, collect.change)] : [])];
    collect.onReload(reloadAtHangUp(new Reloader(source, options, rows), { log, manager, status }));
  }
  manager.ready(status);
  let fault: unknown;
  if (read === undefined) await stop;
  else await readFiles(read, collect, stop).catch((error: unknown) => (fault = error));
  manager.stopping();
  await collect.stop();
  const last = collect.state();
  if (!hasParent() && !options.quiet) printStopped(process.stdout, { collector: last.collector, spool: last.spool });
  await reportFinal("collect", last);
  if (fault !== undefined) throw fault;
}

export function define(command: Command): Command {
  command.addOption(sharedOptions.data());
  for (const option of receiveOptions()) command.addOption(option);
  return command
    .addOption(
      new Option(
        "--read <file>",
        "store the flows of a file instead: capture, IPFIX file or datagrams, gzip too (repeatable; -: standard input)",
      ).argParser(repeatable),
    )
    .addOption(teeOption())
    .addOption(spoolOption())
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.logLevel())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options, self: Command) =>
      reportingFailure(() => runCollect(withConfig(options), settingSource(options, self))),
    );
}
