import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { EXIT } from "@ngflow/base";
import { dropThreadCapabilities } from "@ngflow/os";
import { checkProfile, graphOptions, type GraphOptions } from "../../../options/graph-options.ts";
import { ringOptions } from "../../../options/ring-options.ts";
import { groupId } from "../../../control/group.ts";
import { modulesDirectory } from "../../../control/may-load.ts";
import { ownControlPath } from "../../../control/path.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { startGraph } from "../../../daemon/graph.ts";
import { socketBehind } from "../../../daemon/hand-over.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineGraph } from "../../../daemon/privileges.ts";
import { hasParent } from "../../../daemon/has-parent.ts";
import { reportFinal, reportingFailure, reportReady, stopAsked } from "../../../daemon/report.ts";
import { serviceManager } from "../../../daemon/service-manager.ts";
import { printStopped } from "../../../daemon/status-line.ts";
import { runNgctl } from "../../ngctl/ngctl.ts";
import { exportCommand } from "../graph-export.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { collect, parseSeed, sharedOptions } from "../../../options/options.ts";
import { reloadAtHangUp } from "../../../reload/on-hang-up.ts";
import { Reloader, settingSource, type SettingSource } from "../../../reload/reloader.ts";
import { logRow } from "../../../reload/rows.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig, GraphOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly file?: string;
  readonly demo?: number;
  readonly inline?: readonly string[];
}

async function runGraph(options: Options, source: SettingSource): Promise<void> {
  checkProfile(options);
  const controlGroup = options.controlGroup === undefined ? undefined : groupId(options.controlGroup);
  const control = ownControlPath(options.control);
  const change = await prepareUser(options.user, { control, listens: true, group: controlGroup });
  confineGraph(
    {
      capture: options.demo === undefined,
      inline: options.inline !== undefined,
      groups: controlGroup === undefined ? [] : [controlGroup],
      reads: [options.config, options.file === "-" ? undefined : options.file, options.asTable, options.modules],
      reaches: [dirname(control)],
    },
    change,
  );
  const log = createLog("graph", options);
  const daemon = await startGraph(
    {
      control: socketBehind(control),
      controlGroup,
      ...(options.demo === undefined ? {} : { demoSeed: options.demo }),
      ...(options.interface === undefined ? {} : { interfaces: options.interface }),
      ...(options.modules === undefined ? {} : { modules: modulesDirectory(options.modules) }),
      ...(options.asTable === undefined ? {} : { asTable: options.asTable }),
      ...(options.key === undefined ? {} : { key: options.key }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      inline: { names: options.inline ?? [], force: options.force === true },
      ring: ringOptions(options),
    },
    log,
  );
  if (options.file !== undefined) {
    const status = await runNgctl(["--control", control, "-f", options.file], {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      isTerminal: false,
      pid: process.pid,
    });
    if (status !== EXIT.ok) {
      await daemon.stop();
      process.exit(status);
    }
  }
  // From here on this thread only serves the control socket. Everything that needs a capability runs in the graph's
  // thread.
  dropThreadCapabilities();
  // Before anybody is told that it runs, and may stop it.
  const stop = stopAsked();
  const manager = serviceManager();
  daemon.watch(manager.alive);
  const status = `control socket ${control}`;
  reloadAtHangUp(new Reloader(source, options, [logRow(log, options)]), { log, manager, status });
  manager.ready(status);
  if (hasParent()) reportReady("graph", { control });
  else if (!options.quiet) printText(process.stdout, `control  ${control}\n`);
  const failure = await Promise.race([stop.then(() => undefined), daemon.failed]);
  if (failure) throw failure;
  manager.stopping();
  const last = await daemon.stop();
  if (!hasParent() && !options.quiet) printStopped(process.stdout, { graph: last });
  await reportFinal("graph", last);
}

export function define(command: Command): Command {
  const graph = command
    .addOption(sharedOptions.interface())
    .addOption(sharedOptions.control())
    .addOption(new Option("-f, --file <script>", "ngctl script to run at start"))
    .addOption(
      new Option("--demo <seed>", "use a generated interface demo0 instead of the machine's interfaces").argParser(
        parseSeed,
      ),
    )
    .addOption(
      new Option("--inline <if>", "put the interface's node between wire and host (repeatable)").argParser(collect),
    )
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.logLevel())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .addCommand(exportCommand())
    .action((options: Options, self: Command) =>
      reportingFailure(() => runGraph(withConfig(options), settingSource(options, self))),
    );
  for (const option of graphOptions()) graph.addOption(option);
  return graph;
}
