import { InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "../../options/capture-options.ts";
import { parseSeed } from "../../options/options.ts";
import type { Dialect } from "../../synthetic/dialects/dialect.ts";
import { DIALECTS } from "../../synthetic/dialects/index.ts";
import { GenerateError } from "../../synthetic/errors.ts";
import { type FleetSettings, GENERATED_FORMATS, type GeneratedFormat } from "../../synthetic/fleet.ts";
import { type Pace } from "../../synthetic/run-fleet.ts";
import { isFile } from "../../synthetic/senders/open-sender.ts";
import { genericDialect, syntheticTemplate, TEMPLATES_MAX } from "../../synthetic/templates.ts";

export interface GenerateOptions {
  readonly to: string;
  readonly format?: GeneratedFormat;
  readonly like?: string;
  readonly seed: number;
  readonly start?: number;
  readonly rate: number | "max";
  readonly count?: number;
  readonly duration?: number;
  readonly exporters: number;
  readonly domains: number;
  readonly templates?: number;
  readonly templateEvery?: number;
  readonly lateTemplates?: number;
  readonly ipv6?: number;
  readonly sampling?: number;
  readonly mtu: number;
  readonly records?: number;
  readonly uptime?: number;
  readonly clockOff: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const DEFAULT_RATE = 1000;
const IPV6_PERCENT = 25;
const SFLOW_SAMPLING = 512;
/** The template announcements of many devices: after so many datagrams. */
const TEMPLATE_EVERY = 200;
const V5_SAMPLING_MAX = 0x3fff;

function parseRate(text: string): number | "max" {
  return text === "max" ? "max" : wholeNumber(1, 100_000_000)(text);
}

/** Unix milliseconds. */
function parseTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || ms < 0) throw new InvalidArgumentError("expected a time, for example 2026-01-01T00:00:00Z.");
  return ms;
}

function parseSigned(text: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new InvalidArgumentError("expected whole seconds, for example -3600.");
  return Number(text);
}

/** The options of `ngflow generate`. */
export function generateOptions(): readonly Option[] {
  const option = (flags: string, text: string, least: number, most: number): Option =>
    new Option(flags, text).argParser(wholeNumber(least, most));
  return [
    new Option("--to <destination>", "udp://HOST:PORT, tcp://HOST:PORT (IPFIX) or a file").makeOptionMandatory(),
    new Option("--format <format>", "protocol of the datagrams (default: v9)").choices(GENERATED_FORMATS),
    new Option("--like <vendor>", "templates and habits of a vendor's exporters (list below)").choices(
      Object.keys(DIALECTS).sort(),
    ),
    new Option("--rate <n>", "flow records per second, of all exporters; max for no limit")
      .argParser(parseRate)
      .default(DEFAULT_RATE),
    option("--count <n>", "stop after this many flow records", 1, Number.MAX_SAFE_INTEGER),
    option("--duration <seconds>", "stop after this time, by the clock of the datagrams", 1, 31_536_000),
    option("--exporters <n>", "exporters, each with an address or source port of its own", 1, 10_000).default(1),
    option("--domains <n>", "source ids, domains, engines or sub-agents per exporter", 1, 256).default(1),
    option("--templates <n>", "different templates per domain (default: one per IP version)", 1, TEMPLATES_MAX),
    option("--template-every <n>", "send templates again after n data datagrams (0: never)", 0, 1_000_000),
    option("--late-templates <n>", "send n data datagrams before the first templates", 0, 1_000_000),
    option("--ipv6 <percent>", `share of IPv6 records, where possible (default: ${IPV6_PERCENT})`, 0, 100),
    option("--sampling <n>", `sample one packet of n (default: 1; of sFlow ${SFLOW_SAMPLING})`, 1, 0xff_ffff),
    option("--mtu <bytes>", "most bytes of a datagram", 512, 8972).default(1400),
    option("--records <n>", "most flow records of a datagram (default: what fits)", 1, 10_000),
    option("--uptime <seconds>", "how long the exporters are up at the start (default: 1 to 40 days)", 0, 4_294_967),
    new Option("--clock-off <seconds>", "shift the clock of the exporters, for example -3600")
      .argParser(parseSigned)
      .default(0),
    new Option("--seed <n>", "seed; the same seed and options give the same bytes").argParser(parseSeed).default(1),
    new Option("--start <time>", "clock of the first datagram (default: now)").argParser(parseTime),
    new Option("--json", "print the sums as JSON, with those of each exporter"),
    new Option("--quiet", "print errors only"),
  ];
}

function refuse(text: string): never {
  throw new GenerateError("generate-option", text);
}

/** The format that the options choose. */
export function formatOf({ format, like }: GenerateOptions): GeneratedFormat {
  if (like === undefined) return format ?? "v9";
  const dialect = DIALECTS[like]!;
  if (format !== undefined && format !== dialect.format) {
    refuse(`--like ${like} sends ${dialect.format}; leave out --format ${format}`);
  }
  return dialect.format;
}

/** @throws GenerateError where options do not fit one another */
export function fleetSettings(options: GenerateOptions, startMs: number): FleetSettings {
  const format = formatOf(options);
  refuseUnfit(options, format);
  const dialect = dialectOf(options, format);
  const overTcp = options.to.startsWith("tcp://");
  return {
    format,
    dialect,
    exporters: options.exporters,
    domains: options.domains,
    announcing: {
      // A stream keeps what it was sent; a UDP datagram may be lost.
      every: options.templateEvery ?? (overTcp ? 0 : (dialect?.templateEvery ?? TEMPLATE_EVERY)),
      late: options.lateTemplates ?? 0,
    },
    stream: {
      mtu: options.mtu,
      recordsMost: options.records ?? Infinity,
      sampling: options.sampling ?? (format === "sflow" ? SFLOW_SAMPLING : 1),
      ipv6: (options.ipv6 ?? IPV6_PERCENT) / 100,
    },
    seed: options.seed,
    startMs,
    upMs: options.uptime === undefined ? undefined : options.uptime * 1000,
  };
}

function dialectOf(options: GenerateOptions, format: GeneratedFormat): Dialect | undefined {
  if (options.like !== undefined) return DIALECTS[options.like];
  if (format !== "v9" && format !== "ipfix") return undefined;
  const withIpv6 = options.ipv6 !== 0;
  return genericDialect(format, options.templates ?? (withIpv6 ? 2 : 1), withIpv6);
}

function refuseUnfit(options: GenerateOptions, format: GeneratedFormat): void {
  const { like, ipv6 = 0, sampling = 1, domains, templates } = options;
  const templated = format === "v9" || format === "ipfix";
  if (!templated) {
    for (const name of ["templates", "templateEvery", "lateTemplates"] as const) {
      const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (options[name] !== undefined) refuse(`--${flag}: ${format} has no templates; use --format v9 or ipfix`);
    }
  }
  if (like !== undefined && templates !== undefined) refuse("--templates: --like has its own templates");
  if (!templated && format !== "sflow" && ipv6 > 0) refuse(`--ipv6: ${format} has no IPv6; use v9, ipfix or sflow`);
  const families = like === undefined ? [] : DIALECTS[like]!.templates.map(syntheticTemplate);
  if (ipv6 > 0 && families.length > 0 && families.every((template) => !template.ipv6)) {
    refuse(`--ipv6: ${like} has no template for IPv6`);
  }
  if ((format === "v1" || format === "v7") && sampling > 1) refuse(`--sampling: ${format} cannot say it`);
  if ((format === "v1" || format === "v7") && domains > 1) refuse(`--domains: ${format} has none`);
  if (format === "v5" && sampling > V5_SAMPLING_MAX) refuse(`--sampling: v5 has at most ${V5_SAMPLING_MAX}`);
}

/** @throws GenerateError where nothing ends a file */
export function paceOf(options: GenerateOptions, startMs: number): Pace {
  const file = isFile(options.to);
  if (file && options.count === undefined && options.duration === undefined) {
    refuse(`--to ${options.to}: a file needs --count or --duration`);
  }
  const rate = options.rate === "max" ? undefined : options.rate;
  return {
    rate,
    count: options.count ?? Infinity,
    durationMs: options.duration === undefined ? Infinity : options.duration * 1000,
    startMs,
    live: !file && rate !== undefined,
    machineClock: !file && rate === undefined && options.start === undefined,
    clockOffMs: options.clockOff * 1000,
    mtu: options.mtu,
  };
}

/** The vendors of `--like`, for the help. */
export function vendorList(): string {
  const rows = Object.keys(DIALECTS)
    .sort()
    .map((name) => `  ${name.padEnd(10)} ${DIALECTS[name]!.format.padEnd(5)}  ${DIALECTS[name]!.label}`);
  return `\nVendors of --like:\n${rows.join("\n")}`;
}
