import { dirname } from "node:path";
import { type Command, Option } from "commander";
import { defaultRouteInterface, hasCapability } from "@ngflow/os";
import { groupId } from "../../../control/group.ts";
import { ownControlPath } from "../../../control/path.ts";
import { prepareUser } from "../../../daemon/change-user.ts";
import { DaemonError } from "../../../daemon/errors.ts";
import { adoptGraph, type DaemonProcess, forkDaemon, inheritedGraph } from "../../../daemon/child-process.ts";
import { earlySockets, inheritedSockets } from "../../../daemon/early-sockets.ts";
import { createLog } from "../../../daemon/log.ts";
import { confineDaemon, type DaemonNeeds, type GoesOn, type Inherited } from "../../../daemon/privileges.ts";
import { runAll } from "../../../daemon/up.ts";
import { checkProfile, graphArgs, graphOptions, type GraphOptions } from "../../../options/graph-options.ts";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { httpAddress, httpConfig, httpFiles, httpOptions } from "../../../options/http-options.ts";
import { LOOPBACK_LISTEN, receiveOption, withGraphAddress } from "../../../options/listen-options.ts";
import { receiveFiles, receiveOptions, receiveSettings } from "../../../options/receive-options.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { runDemo } from "./demo.ts";
import { parseTee, teeFiles, teeOption, teeTargets } from "../../../options/tee-option.ts";
import { spoolOption, storeLimits, storeOptions } from "../../../options/store-options.ts";
import { printText } from "../../../output/print-text.ts";

interface Options extends SharedConfig, GraphOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly inline?: boolean;
}

/** Advice where capture is not allowed, on one line. */
const NO_PRIVILEGE =
  "capturing needs CAP_NET_RAW: run this with sudo, or with " +
  '"sudo setpriv --reuid $USER --regid $(id -g) --init-groups --inh-caps +net_raw --ambient-caps +net_raw ' +
  'env HOME=$HOME XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR npm start", or give "setcap cap_net_raw+ep" to a private copy of ' +
  "node (not the system's); starting the demo instead";

/** The interfaces to meter: those named, or the default route's. @throws NgflowError when there is none. */
function chooseInterfaces(options: Options): readonly string[] {
  if (options.interface !== undefined && options.interface.length > 0) return options.interface;
  const name = defaultRouteInterface();
  if (name !== undefined) return [name];
  throw new DaemonError("no-default-route", "no default route: name the interface to meter with --interface");
}

async function runUp(options: Options): Promise<void> {
  checkProfile(options);
  const adopted = adoptGraph();
  const where = {
    dataDirectory: dataDirectory(options.data),
    control: ownControlPath(options.control),
    receive: receiveSettings(options, LOOPBACK_LISTEN),
    tee: options.tee ?? [],
  };
  // For its errors; the collector reads the keys itself.
  teeTargets(where.tee);
  const needs: DaemonNeeds = {
    ports: [httpAddress(options), ...where.receive.listen].map(({ port }) => port),
    spoofs: where.tee.map(parseTee).some(({ spoof }) => spoof),
    writes: [where.dataDirectory],
    reads: [options.config, ...httpFiles(options), ...receiveFiles(where.receive), ...teeFiles(where.tee)],
    reaches: [dirname(where.control)],
  };
  const { controlGroup } = options;
  const group = controlGroup === undefined ? undefined : groupId(controlGroup);
  const change = await prepareUser(options.user, { ...where, group });
  if (adopted === undefined && !hasCapability("net_raw")) {
    // Printed only here: after the line below, the re-executed program would print it again.
    confineDaemon(needs, { change });
    printText(process.stderr, `ngflow: ${NO_PRIVILEGE}\n`);
    await runDemo(options);
    return;
  }
  const interfaces = chooseInterfaces(options);
  const { listen, graph: own } = withGraphAddress(where.receive.listen);
  // Root's privilege ends below, so the collector's sockets with large buffers are opened here.
  const sockets = await earlySockets(listen, where.receive.receivers);
  const graph = adopted ?? startGraph(options, interfaces, needs, { change, inherited: inheritedSockets(sockets) });
  const config = {
    ...where,
    listen: { listen: sockets, graph: own },
    http: httpConfig(options),
    limits: storeLimits(options),
    spoolSize: options.spoolSize,
    graph,
    interfaces,
    mode: "up",
    quiet: options.quiet === true,
    verbose: options.verbose === true,
  } as const;
  await runAll(config, createLog("up", { ...options, level: "warn" }));
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
    .addOption(new Option("--inline", "put the nodes between wire and host instead of observing"))
    .addOption(sharedOptions.user())
    .addOption(sharedOptions.config())
    .addOption(sharedOptions.quiet())
    .addOption(sharedOptions.verbose())
    .action((options: Options) => runUp(withConfig(options)));
  const more = [...receiveOptions(), ...httpOptions(), ...storeOptions(), spoolOption(), ...graphOptions()];
  for (const option of more) up.addOption(option);
  return up;
}
