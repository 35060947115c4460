import { extname } from "node:path";
import { performance } from "node:perf_hooks";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { NgflowError } from "@ngflow/base";
import { type ExportHook, type Profile, PROFILE_NAMES } from "@ngflow/nodes/engine";
import { stopRequested } from "../../../daemon/stop.ts";
import { meterCaptureThreads } from "../../../export/capture-threads.ts";
import { parseSampling, type SamplingChoice } from "../../../export/engine-choices.ts";
import { ExportError } from "../../../export/errors.ts";
import { meterCapture } from "../../../export/meter-capture.ts";
import type { ExportStats } from "../../../export/meter-stats.ts";
import { openDestination } from "../../../export/open-destination.ts";
import { exportTo, type Outcome } from "../../../export/outcome.ts";
import { refusalText, summaryLines } from "../../../export/summary.ts";
import { noteWaiting } from "../../../output/note-waiting.ts";
import { parseWorkers, type WorkersChoice, workersFor } from "../../../export/workers-choice.ts";
import { captureOptions, type CaptureOptions, wholeNumber } from "../../../options/capture-options.ts";
import { sharedOptions } from "../../../options/options.ts";

/** Hook of the netflow node for each format; formats are export protocols by name. */
const FORMATS = { v5: "export", v9: "export9", ipfix: "export10" } as const satisfies Record<string, ExportHook>;

const EXAMPLES = `
Examples:
  ngflow export -r day.pcap --filter "tcp port 443"
  ngflow export -r day.pcap --workers auto --to udp://127.0.0.1:4444
  sudo ngflow export -i eth0 --to udp://127.0.0.1:4444 --format ipfix`;

/** The code of a thread of `--workers` for files. In the bundle of this verb, the extension is that of its threads. */
const CAPTURE_THREAD = new URL(`../../../export/capture-thread${extname(import.meta.url)}`, import.meta.url);

interface ExportOptions extends CaptureOptions {
  readonly read?: string;
  readonly interface?: string;
  readonly duration: number;
  readonly workers: WorkersChoice;
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

function workers(text: string): WorkersChoice {
  const choice = parseWorkers(text);
  if (choice === undefined) throw new InvalidArgumentError("expected auto or a whole number from 1 to 64.");
  return choice;
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
      "threads that share the packets, each with its own source id; auto for the cores",
      workers,
      1,
    )
    .option("--to <destination>", "udp://HOST:PORT, a .pcap file, or - for pcap on standard output (default: nowhere)")
    .addOption(new Option("--format <format>", "flow protocol").choices(Object.keys(FORMATS)).default("v9"))
    .addOption(new Option("--profile <profile>", "metering engine").choices(PROFILE_NAMES).default("modern"))
    .option("--active <seconds>", "active timeout", wholeNumber(0, 0xffff_ffff), 1800)
    .option("--inactive <seconds>", "inactive timeout", wholeNumber(0, 0xffff_ffff), 15)
    .option("--max-flows <n>", "maximum number of flows in the cache", wholeNumber(1, 0xff_ffff), 2_097_152)
    .option("--fields <names>", "optional fields, comma-separated: mac, vlan, mpls, label, tunnel, biflow")
    .addOption(sharedOptions.key())
    .option("--sampling <n>", "meter every Nth packet; random:N[:SEED] for one random packet of every N", sampling)
    .addOption(sharedOptions.asTable())
    .addOption(new Option("--stats <format>", "print totals in this form instead of a summary").choices(["json"]))
    .option("--quiet", "print no progress bar and no summary")
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  if ((options.read === undefined) === (options.interface === undefined)) {
    const problem = options.read === undefined ? "nothing to meter" : "-r and -i cannot be combined";
    throw new ExportError("export-input", `${problem}; name a capture file with -r FILE or an interface with -i IF`);
  }
  if (options.read !== undefined) refuseForFile(options);
  const hook = FORMATS[options.format];
  if (options.profile !== "modern" && options.asTable !== undefined) {
    throw new ExportError("export-as-table", "--as-table: the profile exports no AS numbers; choose profile modern");
  }
  if (options.profile !== "modern" && hook === "export10") {
    throw new ExportError("export-format", `profile ${options.profile} has no IPFIX; choose v5 or v9`);
  }
  const count = workersFor(options);
  if (options.interface !== undefined && options.quiet !== true) {
    (await import("../../../export/meter-interface.ts")).requireInterface(options.interface);
    noteWaiting(`metering ${options.interface}`);
  }
  const outcome = count > 1 ? await meterShared(options, hook, count) : await meter(options, hook);
  report(options, outcome);
  if (outcome.damage !== null) throw outcome.damage;
  if (outcome.stats.sendErrors > 0) throw new ExportError("export-refused", refusalText(outcome.stats, options.to!));
}

/** Prints the result: one line of JSON, or a summary for a person. */
function report(options: ExportOptions, { stats, largest, workers }: Result): void {
  const stream = options.to === "-" ? process.stderr : process.stdout;
  const seconds = performance.now() / 1000;
  if (options.stats === "json") {
    const shares = workers === undefined ? {} : { workers: workers.map(countsOf) };
    const line = { ...countsOf(stats), ...shares, seconds: Math.round(seconds * 1000) / 1000 };
    stream.write(`${JSON.stringify(line)}\n`);
  } else if (options.quiet !== true) {
    const human = stream.isTTY === true;
    stream.write(summaryLines(stats, { to: options.to, format: options.format, seconds, largest, human }));
  }
}

/** The counts that `--stats json` prints. */
function countsOf({ refused: _, ...counts }: ExportStats): Omit<ExportStats, "refused"> {
  return counts;
}

/** Refuses options that apply to interfaces only. */
function refuseForFile(options: ExportOptions): void {
  const given = [
    ["--ring", options.ring !== undefined],
    ["--snap-length", options.snapLength !== undefined],
    ["--segments", options.segments !== undefined],
  ] as const;
  const wrong = given.find(([, isGiven]) => isGiven);
  if (wrong === undefined) return;
  throw new ExportError("export-input", `${wrong[0]} needs an interface (-i), not a capture file`);
}

interface Result extends Outcome {
  readonly damage: NgflowError | null;
  /** Of each thread, where there are several. */
  readonly workers?: readonly ExportStats[];
}

/** The summary has the largest flows. */
function wantsLargest({ stats, quiet }: ExportOptions): boolean {
  return stats === undefined && quiet !== true;
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

function captureSettingsOf(options: ExportOptions, hook: ExportHook) {
  const progress = process.stderr.isTTY && options.quiet !== true;
  return { ...settingsOf(options, hook), file: options.read!, filter: options.filter, progress };
}

async function liveSettingsOf(options: ExportOptions, hook: ExportHook) {
  // The code for capture is loaded for interfaces only: metering a file must not wait for it.
  const { ringOptions } = await import("../../../options/ring-options.ts");
  return {
    ...settingsOf(options, hook),
    interface: options.interface!,
    durationSeconds: options.duration,
    stopped: stopRequested(),
    ring: ringOptions(options),
    domain: 0,
  };
}

async function meter(options: ExportOptions, hook: ExportHook): Promise<Result> {
  const destination = await openDestination(options.to, options.format);
  return exportTo(destination, wantsLargest(options), async (own) => {
    if (options.read !== undefined) return meterCapture(captureSettingsOf(options, hook), own);
    const { meterInterface } = await import("../../../export/meter-interface.ts");
    return { stats: await meterInterface(await liveSettingsOf(options, hook), own), damage: null };
  });
}

async function meterShared(options: ExportOptions, hook: ExportHook, count: number): Promise<Result> {
  const { to } = options;
  if (options.read !== undefined) {
    const settings = captureSettingsOf(options, hook);
    return meterCaptureThreads(settings, to, wantsLargest(options), count, CAPTURE_THREAD);
  }
  const { meterThreads } = await import("../../../export/meter-threads.ts");
  const outcome = await meterThreads(await liveSettingsOf(options, hook), to, wantsLargest(options), count);
  return { ...outcome, damage: null };
}
