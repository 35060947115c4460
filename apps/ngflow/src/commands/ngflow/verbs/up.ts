import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { defaultRouteInterface, hasCapability } from "@ngflow/os";
import { groupId } from "../../../control/group.ts";
import { ownControlPath } from "../../../control/path.ts";
import { MAX_TIMEOUT_SECONDS, UP_TIMEOUTS } from "../../../daemon/timeouts.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { DaemonError } from "../../../daemon/errors.ts";
import { adoptGraph, type DaemonProcess, forkDaemon, inheritedGraph } from "../../../daemon/child-process.ts";
import { earlySockets, inheritedSockets } from "../../../daemon/early-sockets.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon, type DaemonNeeds, type GoesOn, type Inherited } from "../../../daemon/privileges.ts";
import { runAll, type UpConfig } from "../../../daemon/up.ts";
import { checkProfile, graphArgs, graphOptions, type GraphOptions } from "../../../options/graph-options.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { httpAddress, httpConfig, httpFiles, httpOptions } from "../../../options/http-options.ts";
import { LOOPBACK_LISTEN, receiveOption, withGraphAddress } from "../../../options/listen-options.ts";
import { receiveFiles, receiveOptions, receiveSettings } from "../../../options/receive-options.ts";
import { wholeNumber } from "../../../options/capture-options.ts";
import {
  databaseFiles,
  type DatabaseOptions,
  databaseOptions,
  storeDatabase,
} from "../../../options/database-options.ts";
import { nameFiles, nameOptions, nameSettings } from "../../../options/name-options.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { parseTee, teeFiles, teeOption, teeTargets } from "../../../options/tee-option.ts";
import { spoolOption, storeLimits, storeOptions } from "../../../options/store-options.ts";
import { watchConfig, watchFiles, watchOptions } from "../../../options/watch-options.ts";
import { settingSource, type SettingSource } from "../../../reload/reloader.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig, DatabaseOptions, GraphOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly inline?: boolean;
}

/** Advice where capture is not allowed. @param started by `npm start`, or by its name */
function noPrivilege(started = process.env["npm_lifecycle_event"] === "start"): string {
  return (
    "capturing needs a privilege (CAP_NET_RAW); starting the demo instead\n" +
    `  to meter this machine, end the demo and run: sudo ${started ? "npm start" : "npx ngflow up"}\n` +
    "  to meter it without root: docs/how-to/run-without-root.md"
  );
}

/** The interfaces to meter: those named, or the default route's. @throws NgflowError when there is none. */
function chooseInterfaces(options: Options): readonly string[] {
  if (options.interface !== undefined && options.interface.length > 0) return options.interface;
  const name = defaultRouteInterface();
  if (name !== undefined) return [name];
  throw new DaemonError(
    "no-default-route",
    "no default route: name the interface to meter with --interface, or meter nothing with --no-capture",
  );
}

async function runUp(options: Options, source: SettingSource): Promise<void> {
  checkProfile(options);
  const captures = options.capture !== false;
  const usual = captures ? LOOPBACK_LISTEN : undefined;
  const adopted = captures ? adoptGraph() : undefined;
  const where = {
    dataDirectory: dataDirectory(options.data),
    control: ownControlPath(options.control),
    receive: receiveSettings(options, usual),
    tee: options.tee ?? [],
    settings: {
      ...options,
      level: "warn" as const,
      source,
      current: options,
      receive: (settings: SharedConfig) => receiveSettings(settings, usual),
      timeouts: (settings: SharedConfig) => ({
        active: settings.active ?? UP_TIMEOUTS.active,
        inactive: settings.inactive ?? UP_TIMEOUTS.inactive,
      }),
    },
  };
  // For its errors; the collector reads the keys itself.
  teeTargets(where.tee);
  const needs: DaemonNeeds = {
    ports: [httpAddress(options), ...where.receive.listen].map(({ port }) => port),
    spoofs: where.tee.map(parseTee).some(({ spoof }) => spoof),
    writes: [where.dataDirectory],
    reads: [
      options.config,
      ...httpFiles(options),
      ...databaseFiles(options),
      ...nameFiles(options),
      ...receiveFiles(where.receive),
      ...teeFiles(where.tee),
      ...watchFiles(options),
    ],
    reaches: [dirname(where.control)],
  };
  const { controlGroup } = options;
  const group = controlGroup === undefined ? undefined : groupId(controlGroup);
  const change = await prepareUser(options.user, { ...where, group });
  if (!captures) {
    await receiveOnly(options, where, needs, change);
    return;
  }
  if (adopted === undefined && !hasCapability("net_raw")) {
    // Printed only here: after the line below, the re-executed program would print it again.
    confineDaemon(needs, { change });
    printText(process.stderr, `ngflow: ${noPrivilege()}\n`);
    const { runDemo } = await import("./demo.ts");
    await runDemo(options, source);
    return;
  }
  const interfaces = chooseInterfaces(options);
  const { listen, graph: own } = withGraphAddress(where.receive.listen);
  // Root's privilege ends below, so the collector's sockets with large buffers are opened here.
  const sockets = await earlySockets(listen, where.receive.receivers, where.dataDirectory);
  const graph = adopted ?? startGraph(options, interfaces, needs, { change, inherited: inheritedSockets(sockets) });
  await run(options, { ...where, listen: { listen: sockets, graph: own }, graph, interfaces });
}

/** Where things are, with a graph and without. */
type Where = Pick<UpConfig, "dataDirectory" | "control" | "receive" | "tee" | "settings">;

/** Runs the daemons with the settings that are the same with a graph and without. */
async function run(options: Options, parts: Where & Pick<UpConfig, "listen" | "graph" | "interfaces">): Promise<void> {
  const config: UpConfig = {
    ...parts,
    http: httpConfig(options),
    limits: storeLimits(options),
    database: storeDatabase(options),
    ...watchConfig(options),
    names: nameSettings(options),
    spoolSize: options.spoolSize,
    mode: "up",
    quiet: options.quiet === true,
    verbose: options.verbose === true,
  };
  await runAll(config, createLog("up", { ...options, level: "warn" }));
}

/** Without a graph: the collector, the store and the console for flows of other exporters. */
async function receiveOnly(
  options: Options,
  where: Where,
  needs: DaemonNeeds,
  change: GoesOn["change"],
): Promise<void> {
  const sockets = await earlySockets(where.receive.listen, where.receive.receivers, where.dataDirectory);
  confineDaemon(needs, { change, inherited: inheritedSockets(sockets) });
  await run(options, { ...where, listen: { listen: sockets, graph: null }, graph: null, interfaces: [] });
}

/** Starts the graph with all privileges of this process. The rest drops them by re-executing the program. */
function startGraph(
  options: Options,
  interfaces: readonly string[],
  needs: DaemonNeeds,
  { change, inherited }: GoesOn,
): DaemonProcess<"graph"> {
  const { user } = change ?? {};
  const graph = forkDaemon("graph", [
    "--control",
    ownControlPath(options.control),
    ...interfaces.flatMap((name) => [options.inline === true ? "--inline" : "--interface", name]),
    ...graphArgs(options),
    // The same user in both, also where it is the data directory's owner.
    ...["--user", user === undefined ? String(process.geteuid?.() ?? 0) : `${user.uid}:${user.gid}`],
  ]);
  // Before the event loop turns: the re-executed program has to receive the graph's messages.
  const child = inheritedGraph(graph);
  if (child !== undefined) confineDaemon(needs, { change, inherited: both(child, inherited) });
  return graph;
}

function both(one: Inherited, other: Inherited | undefined): Inherited {
  if (other === undefined) return one;
  return { descriptors: [...one.descriptors, ...other.descriptors], env: { ...one.env, ...other.env } };
}

export function define(command: Command): Command {
  const up = command
    .addOption(sharedOptions.interface())
    .addOption(sharedOptions.data())
    .addOption(receiveOption())
    .addOption(teeOption())
    .addOption(sharedOptions.control())
    .addOption(new Option("--no-capture", "meter nothing: receive flows of other exporters on every address"))
    .addOption(new Option("--inline", "put the nodes between wire and host instead of observing"))
    .addOption(
      new Option(
        "--active <seconds>",
        `export a flow that goes on every so many seconds (default ${UP_TIMEOUTS.active})`,
      ).argParser(wholeNumber(1, MAX_TIMEOUT_SECONDS)),
    )
    .addOption(
      new Option(
        "--inactive <seconds>",
        `export a flow after so many seconds without packets (default ${UP_TIMEOUTS.inactive})`,
      ).argParser(wholeNumber(1, MAX_TIMEOUT_SECONDS)),
    )
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.logLevel())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options, self: Command) => runUp(withConfig(options), settingSource(options, self)));
  const more = [
    ...receiveOptions(),
    ...httpOptions(),
    ...storeOptions(),
    ...databaseOptions(),
    ...watchOptions(),
    ...nameOptions(),
    spoolOption(),
    ...graphOptions(),
  ];
  for (const option of more) up.addOption(option);
  return up;
}
