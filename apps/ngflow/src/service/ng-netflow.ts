import { formatIp, NgflowError } from "@ngflow/base";
import type { GraphSnapshot } from "@ngflow/graph";
import { etherNodeName } from "@ngflow/nodes/ether-name";
import { isListening } from "../control/is-listening.ts";
import { askDaemon } from "../control/ask-daemon.ts";
import { fitLines } from "../output/fit-lines.ts";
import { type BackgroundGraph, waitForGraph } from "./background-graph.ts";
import { type ExporterState, exporterState, noSuchInterface, obstacle } from "./exporter-state.ts";
import { netflowLines } from "./netflow-lines.ts";
import { ngctlLines } from "./ngctl-lines.ts";
import { type Peer, parsePeer } from "./peer.ts";
import type { RcSources, RcVariable } from "./rc-conf/sources.ts";
import { type RcCall, RcError, type RcService } from "./rc-subr.ts";
import type { GraphState } from "../transaction/graph-state.ts";
import { type Machine, type NetflowSettings, readSettings } from "./settings.ts";

export interface NgNetflowOptions {
  readonly control: string;
  readonly sources: RcSources;
  readonly variables: ReadonlyMap<string, RcVariable>;
  readonly machine: Machine;
  /** Names of the machine's interfaces. */
  readonly interfaces: () => readonly string[];
  /** Starts a daemon with these options of `ngflow graph`. */
  readonly startGraph: (graphOptions: readonly string[]) => Promise<BackgroundGraph>;
  /** Wait this long for a daemon that is started elsewhere; start none. */
  readonly waitMs?: number | undefined;
}

/** Modules that the rc.d script loads, in its order. */
const MODULES = ["netgraph", "ng_ether", "ng_netflow", "ng_ksocket"] as const;

/** `ng_netflow` as rc.subr sees it: the article's script over a control socket. */
export function ngNetflow(options: NgNetflowOptions): RcService {
  const { control, sources, variables, machine } = options;
  let settings: NetflowSettings | undefined;
  return {
    name: "ng_netflow",
    rcvar: "ng_netflow_enable",
    script: "ngflow service ng_netflow",
    sources,
    variables,
    async precheck() {
      settings = await readSettings(variables, sources, machine);
      return 0;
    },
    start: (call) => start(settings!, options, call),
    stop: (call) => stop(control, call),
    status: (call) => status(control, call),
  };
}

function snapshotOf(control: string): Promise<GraphSnapshot> {
  return askDaemon(control, (client) => client.snapshot());
}

async function start(settings: NetflowSettings, options: NgNetflowOptions, call: RcCall): Promise<number> {
  const { control } = options;
  const started = await ensureGraph(settings, options, call);
  try {
    if (!(await loadModules(control, call))) {
      await started?.stop();
      return 1;
    }
    if (started === undefined) await warnOfDaemon(settings, control, call);
    const before = await snapshotOf(control);
    const running = exporterState(before);
    if (running !== undefined && isWhole(running)) {
      await sayRunning(running, settings, control, call);
      return 0;
    }
    const hindrance = obstacle(before, settings);
    if (hindrance !== undefined && !call.force) throw new RcError(`${hindrance}; nothing was changed`);
    const status = await build(settings, control, call);
    if (status !== 0) await started?.stop();
    return status;
  } catch (error) {
    await started?.stop();
    throw error;
  }
}

/** The daemon takes the place of the script's kernel: it is started if none answers, and keeps running. */
async function ensureGraph(
  settings: NetflowSettings,
  { control, interfaces, startGraph, waitMs }: NgNetflowOptions,
  call: RcCall,
): Promise<BackgroundGraph | undefined> {
  if (waitMs !== undefined) {
    if (!(await waitForGraph(control, settings.interfaces.map(etherNodeName), waitMs))) {
      throw new RcError(`no daemon answers on ${control} after ${waitMs / 1000} s`);
    }
    return undefined;
  }
  if (await isListening(control)) return undefined;
  const option = settings.mode === "inline" ? "--inline" : "--interface";
  // The only default route is safe: both hooks are connected in one transaction, or none.
  const force = settings.mode === "inline" ? ["--force"] : [];
  const profile = settings.profileAt === undefined ? [] : ["--profile", settings.profile];
  const present = interfaces();
  const devices = settings.interfaces.map((name) => {
    const device = present.find((each) => each === name || etherNodeName(each) === name);
    if (device !== undefined) return device;
    throw new RcError(`${noSuchInterface(name, settings, present)}; nothing was changed`);
  });
  try {
    const started = await startGraph([...force, ...profile, ...devices.flatMap((device) => [option, device])]);
    if (!call.quiet) call.print.out(`ngflow graph started (pid ${started.pid}), control socket ${control}\n`);
    return started;
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    throw new RcError(error.message);
  }
}

/** A daemon's profile, and its mode for an interface, are fixed when it starts: `start` warns of others. */
async function warnOfDaemon(settings: NetflowSettings, control: string, call: RcCall): Promise<void> {
  const { interfaces, mode, modeAt, profile, profileAt } = settings;
  if (modeAt === undefined && profileAt === undefined) return;
  const state = (await askDaemon(control, (client) => client.call("state"))) as GraphState;
  if (profileAt !== undefined && state.profile !== profile) {
    call.warn(
      `${profileAt}: the running daemon has the profile ${state.profile}; restart the daemon with --profile ${profile} to change that`,
    );
  }
  if (modeAt === undefined) return;
  const { observing } = state;
  for (const name of interfaces.map(etherNodeName)) {
    const isObserved = observing.includes(name);
    if (isObserved === (mode === "observe")) continue;
    const how = isObserved ? "observes it" : "has it inline";
    call.warn(
      `${modeAt}: ${mode} is set for ${name}, but the running daemon ${how}; restart the daemon to change that`,
    );
  }
}

async function loadModules(control: string, call: RcCall): Promise<boolean> {
  return askDaemon(control, async (client) => {
    for (const name of MODULES) {
      try {
        await client.call("kldload", name);
      } catch (error) {
        if (!(error instanceof NgflowError)) throw error;
        if (error.code === "EEXIST") continue;
        call.warn(`Unable to load kernel module ${name}`);
        if (!call.force) return false;
      }
    }
    return true;
  });
}

/**
 * Tries the lines on a copy of the graph, then applies all or none in one transaction: no packet arrives while the path
 * is cut.
 */
async function build(settings: NetflowSettings, control: string, { print }: RcCall): Promise<number> {
  const { status, stderr } = await ngctlLines(netflowLines(settings), control, "-t");
  print.err(stderr);
  return status;
}

async function stop(control: string, { print }: RcCall): Promise<number> {
  const { status, stderr } = await ngctlLines(["shutdown netflow:"], control);
  print.err(stderr);
  return status;
}

function isWhole({ interfaces, socket }: ExporterState): boolean {
  return interfaces.length > 0 && socket !== undefined;
}

async function collectorOf(control: string): Promise<Peer | undefined> {
  return parsePeer((await ngctlLines(["msg netflow:export9 getpeername"], control)).stdout);
}

/** `is running as pid N`, as in rc.subr; without a number if the daemon does not report it. */
async function pidOf(control: string): Promise<string> {
  const pid = await askDaemon(control, (client) => client.call("pid")).catch(() => undefined);
  return typeof pid === "number" ? `is running as pid ${pid}` : "is running";
}

/** A second start is not an error. With other settings it warns that they are not applied. */
async function sayRunning(
  running: ExporterState,
  { interfaces, collector }: NetflowSettings,
  control: string,
  call: RcCall,
): Promise<void> {
  const peer = await collectorOf(control);
  const wanted = interfaces.map(etherNodeName).join(" ");
  const same =
    running.interfaces.join(" ") === wanted &&
    peer?.port === collector.port &&
    peer.address === formatIp(collector.address);
  if (!same) call.warn("it is running with other settings; restart takes over those of now");
  else if (!call.quiet) call.print.out(`ng_netflow ${await pidOf(control)} already.\n`);
}

/** An extension: the script has no `status`. */
async function status(control: string, { print }: RcCall): Promise<number> {
  const running = (await isListening(control)) ? exporterState(await snapshotOf(control)) : undefined;
  if (running === undefined) {
    print.out("ng_netflow is not running.\n");
    return 1;
  }
  const peer = await collectorOf(control);
  const { counters } = running.netflow;
  print.out(`ng_netflow ${await pidOf(control)}.\n`);
  print.out(`  interfaces  ${running.interfaces.join(" ") || "none: traffic is not accounted"}\n`);
  print.out(
    `  collector   ${peer === undefined ? "none: flows are discarded" : `${peer.address} port ${peer.port}`}\n`,
  );
  const shown = ["packetsAccounted", "flowsActive", "recordsExported", "datagramsExported"];
  const figures = shown.filter((name) => counters[name] !== undefined).map((name) => `${name} ${counters[name]}`);
  const errors = running.socket?.counters["sendErrors"] ?? 0;
  print.out(fitLines(`  counters    ${[...figures, `sendErrors ${errors}`].join(", ")}\n`, print.columns, 14));
  return isWhole(running) && peer !== undefined ? 0 : 1;
}
