import { performance } from "node:perf_hooks";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { NgflowError } from "@ngflow/base";
import { type ExportHook, type Profile, PROFILE_NAMES } from "@ngflow/nodes/engine";
import { PROTOCOLS } from "@ngflow/wire";
import { ExportError } from "../../../export/errors.ts";
import { captureOptions, type CaptureOptions, wholeNumber } from "../../../options/capture-options.ts";
import { stopRequested } from "../../../daemon/stop.ts";
import type { Destination } from "../../../export/destination.ts";
import { parseSampling, type SamplingChoice } from "../../../export/engine-choices.ts";
import { meterCapture } from "../../../export/meter-capture.ts";
import type { MeterStats } from "../../../export/meter-stats.ts";
import { openPcap } from "../../../export/pcap-destination.ts";
import { openUdp } from "../../../export/udp-destination.ts";
import { sharedOptions } from "../../../options/options.ts";

/** Hook of the netflow node for each format; formats are export protocols by name. */
const FORMATS = { v5: "export", v9: "export9", ipfix: "export10" } as const satisfies Record<string, ExportHook>;

/** More threads than cores are no faster. The limit bounds the cost of a mistyped number. */
const WORKERS_MAX = 64;

interface ExportOptions extends CaptureOptions {
  readonly read?: string;
  readonly interface?: string;
  readonly duration: number;
  readonly workers: number;
  readonly to?: string;
  readonly format: keyof typeof FORMATS;
  readonly profile: Profile;
  readonly active: number;
  readonly inactive: number;
  readonly maxFlows: number;
  readonly fields?: string;
  readonly key?: string;
  readonly sampling?: SamplingChoice;
  readonly asTable?: string;
  readonly stats?: "json";
  readonly quiet?: boolean;
}

function sampling(text: string): SamplingChoice {
  const choice = parseSampling(text);
  if (choice === undefined) throw new InvalidArgumentError("expected N, random:N or random:N:SEED.");
  return choice;
}

/** `ngflow export`: meters a capture file, or an interface for a while, and sends the flows to a collector. */
export function define(command: Command): Command {
  return command
    .option("-r, --read <file>", "pcap or pcapng file, - for standard input")
    .option("-i, --interface <if>", "network interface to meter, in both directions")
    .option("--duration <seconds>", "stop after SECONDS on an interface, 0 for never", wholeNumber(0, 1_000_000), 0)
    .addOption(captureOptions.filter())
    .addOption(captureOptions.ring())
    .addOption(captureOptions.snapLength())
    .addOption(captureOptions.segments())
    .option(
      "--workers <n>",
      "threads that share an interface, each with its own source id",
      wholeNumber(1, WORKERS_MAX),
      1,
    )
    .option("--to <destination>", "udp://HOST:PORT, a .pcap file, or - for pcap on standard output")
    .addOption(new Option("--format <format>", "flow protocol").choices(Object.keys(FORMATS)).default("v9"))
    .addOption(new Option("--profile <profile>", "metering engine").choices(PROFILE_NAMES).default("modern"))
    .option("--active <seconds>", "active timeout", wholeNumber(0, 0xffff_ffff), 1800)
    .option("--inactive <seconds>", "inactive timeout", wholeNumber(0, 0xffff_ffff), 15)
    .option("--max-flows <n>", "maximum number of flows in the cache", wholeNumber(1, 0xff_ffff), 2_097_152)
    .option("--fields <names>", "optional fields, comma-separated: mac, vlan, mpls, label, tunnel, biflow")
    .addOption(sharedOptions.key())
    .option("--sampling <n>", "meter every Nth packet; random:N[:SEED] for one random packet of every N", sampling)
    .addOption(sharedOptions.asTable())
    .addOption(new Option("--stats <format>", "print one line of totals at the end").choices(["json"]))
    .option("--quiet", "print no progress bar")
    .addHelpText("after", "\nExample:\n  ngflow export -r day.pcap --to udp://127.0.0.1:4444 --format v9 --stats json")
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  if ((options.read === undefined) === (options.interface === undefined)) {
    const problem = options.read === undefined ? "nothing to meter" : "-r and -i cannot be combined";
    throw new ExportError("export-input", `${problem}; name a capture file with -r FILE or an interface with -i IF`);
  }
  if (options.read !== undefined) refuseForFile(options);
  const hook = FORMATS[options.format];
  const { port } = PROTOCOLS.find(({ name }) => name === options.format)!;
  if (options.profile !== "modern" && options.asTable !== undefined) {
    throw new ExportError("export-as-table", "--as-table: the profile exports no AS numbers; choose profile modern");
  }
  if (options.profile !== "modern" && hook === "export10") {
    throw new ExportError("export-format", `profile ${options.profile} has no IPFIX; choose v5 or v9`);
  }
  const to = options.to ?? `udp://127.0.0.1:${port}`;
  if (options.workers > 1) refuseSharing(options, to);
  const { stats, damage } =
    options.workers > 1 ? await meterShared(options, hook, to) : await meter(options, hook, to, port);
  if (options.stats === "json") {
    const line = { ...stats, seconds: Math.round(performance.now()) / 1000 };
    (to === "-" ? process.stderr : process.stdout).write(`${JSON.stringify(line)}\n`);
  }
  if (damage !== null) throw damage;
  if (stats.sendErrors > 0) {
    const refused = `${stats.sendErrors} of ${stats.datagrams} datagrams were refused or could not be sent`;
    throw new ExportError("export-refused", `--to ${to}: ${refused}; check that a collector listens there`);
  }
}

/** Refuses options that apply to interfaces only. */
function refuseForFile(options: ExportOptions): void {
  const given = [
    ["--workers", options.workers > 1],
    ["--filter", options.filter !== undefined],
    ["--ring", options.ring !== undefined],
    ["--snap-length", options.snapLength !== undefined],
    ["--segments", options.segments !== undefined],
  ] as const;
  const wrong = given.find(([, isGiven]) => isGiven);
  if (wrong === undefined) return;
  throw new ExportError("export-input", `${wrong[0]} needs an interface (-i), not a capture file`);
}

/** Each thread has its own socket and source id. */
function refuseSharing(options: ExportOptions, to: string): void {
  if (options.profile !== "modern") {
    throw new ExportError("export-workers", `--workers: profile ${options.profile} has only one source id`);
  }
  if (!to.includes("://")) {
    throw new ExportError("export-workers", "--workers needs --to udp://HOST:PORT");
  }
}

interface Metered {
  readonly stats: MeterStats & { readonly sendErrors: number };
  readonly damage: NgflowError | null;
}

function settingsOf(options: ExportOptions, hook: ExportHook) {
  return {
    hook,
    profile: options.profile,
    activeSeconds: options.active,
    inactiveSeconds: options.inactive,
    maxFlows: options.maxFlows,
    fields: options.fields,
    key: options.key,
    sampling: options.sampling,
    asTable: options.asTable,
  };
}

async function liveSettingsOf(options: ExportOptions, hook: ExportHook) {
  // The code for capture is loaded for interfaces only: metering a file must not wait for it.
  const { ringOptions } = await import("../../../options/ring-options.ts");
  const name = options.interface!;
  return {
    ...settingsOf(options, hook),
    interface: name,
    durationSeconds: options.duration,
    stopped: stopRequested(),
    ring: ringOptions(options),
    domain: 0,
  };
}

async function meter(options: ExportOptions, hook: ExportHook, to: string, port: number): Promise<Metered> {
  const destination = await openDestination(to, port);
  const { stats, damage } = await meterInto(options, hook, destination).catch((error: unknown) => {
    destination.discard();
    throw error;
  });
  if (damage !== null && stats.datagrams === 0) destination.discard();
  else await destination.close();
  return { stats: { ...stats, sendErrors: destination.sendErrors }, damage };
}

async function meterInto(options: ExportOptions, hook: ExportHook, destination: Destination) {
  if (options.read !== undefined) {
    const progress = process.stderr.isTTY && options.quiet !== true;
    return meterCapture({ ...settingsOf(options, hook), file: options.read, progress }, destination);
  }
  const { meterInterface } = await import("../../../export/meter-interface.ts");
  return { stats: await meterInterface(await liveSettingsOf(options, hook), destination), damage: null };
}

async function meterShared(options: ExportOptions, hook: ExportHook, to: string): Promise<Metered> {
  const { meterThreads } = await import("../../../export/meter-threads.ts");
  return { stats: await meterThreads(await liveSettingsOf(options, hook), to, options.workers), damage: null };
}

function openDestination(to: string, port: number): Destination | Promise<Destination> {
  if (to.includes("://")) return openUdp(to);
  if (to === "-" || to.endsWith(".pcap")) return openPcap(to, port);
  throw new ExportError("export-to", `--to ${to}: expected udp://HOST:PORT, a file name that ends in .pcap, or -`);
}
