import { performance } from "node:perf_hooks";
import { Command, InvalidArgumentError, Option } from "commander";
import { NgflowError } from "@ngflow/base";
import { type ExportHook, type Profile, PROFILE_NAMES } from "@ngflow/nodes/engine";
import type { Destination } from "../../export/destination.ts";
import { meterCapture } from "../../export/meter-capture.ts";
import { openPcap } from "../../export/pcap-destination.ts";
import { openUdp } from "../../export/udp-destination.ts";

/** Hook of the netflow node and collector port of each format. */
const FORMATS = {
  v5: { hook: "export", port: 2055 },
  v9: { hook: "export9", port: 2055 },
  ipfix: { hook: "export10", port: 4739 },
} as const satisfies Record<string, { hook: ExportHook; port: number }>;

interface ExportOptions {
  readonly read?: string;
  readonly to?: string;
  readonly format: keyof typeof FORMATS;
  readonly profile: Profile;
  readonly active: number;
  readonly inactive: number;
  readonly maxFlows: number;
  readonly stats?: "json";
  readonly quiet?: boolean;
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** `ngflow export`: meters a capture file once and sends the flows to a collector. */
export function command(): Command {
  return new Command("export")
    .description("meter a capture file once and export its flows")
    .option("-r, --read <file>", "pcap or pcapng file, - for standard input")
    .option("--to <destination>", "udp://HOST:PORT, a .pcap file, or - for pcap on standard output")
    .addOption(new Option("--format <format>", "flow protocol").choices(Object.keys(FORMATS)).default("v9"))
    .addOption(new Option("--profile <profile>", "engine").choices(PROFILE_NAMES).default("modern"))
    .option("--active <seconds>", "active timeout", wholeNumber(0, 0xffff_ffff), 1800)
    .option("--inactive <seconds>", "inactive timeout", wholeNumber(0, 0xffff_ffff), 15)
    .option("--max-flows <n>", "most flows in the cache", wholeNumber(1, 0xff_ffff), 2_097_152)
    .addOption(new Option("--stats <format>", "end with one line of totals").choices(["json"]))
    .option("--quiet", "no progress bar")
    .addHelpText("after", "\nExample:\n  ngflow export -r day.pcap --to udp://127.0.0.1:4444 --format v9 --stats json")
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  if (options.read === undefined) {
    throw new NgflowError("export-input", "nothing to meter; give a capture file with -r FILE", "usage");
  }
  const { hook, port } = FORMATS[options.format];
  if (options.profile !== "modern" && hook === "export10") {
    throw new NgflowError("export-format", `profile ${options.profile} has no IPFIX; choose v5 or v9`, "usage");
  }
  const to = options.to ?? `udp://127.0.0.1:${port}`;
  const destination = await openDestination(to, port);
  const { stats, damage } = await meterCapture(
    {
      file: options.read,
      hook,
      profile: options.profile,
      activeSeconds: options.active,
      inactiveSeconds: options.inactive,
      maxFlows: options.maxFlows,
      progress: process.stderr.isTTY && options.quiet !== true,
    },
    destination,
  );
  await destination.close();
  if (options.stats === "json") {
    const line = { ...stats, sendErrors: destination.sendErrors, seconds: Math.round(performance.now()) / 1000 };
    (to === "-" ? process.stderr : process.stdout).write(`${JSON.stringify(line)}\n`);
  }
  if (damage !== null) throw damage;
}

function openDestination(to: string, port: number): Destination | Promise<Destination> {
  if (to.includes("://")) return openUdp(to);
  if (to === "-" || to.endsWith(".pcap")) return openPcap(to, port);
  throw new NgflowError("export-to", `--to ${to}: not udp://HOST:PORT, a name that ends in .pcap, or -`, "usage");
}
