import { InvalidArgumentError, Option } from "commander";
import { parseDuration, RETENTION_DAYS, TIERS } from "@ngflow/flows";
import type { StoreConfig } from "@ngflow/store";

/** Options of the commands that keep flows: how many. Texts are checked when the limits are made. */
export interface StoreOptions {
  readonly keep?: string | undefined;
  readonly keepSize?: string | undefined;
  readonly minFree?: string | undefined;
  readonly spoolMaxAge?: string | undefined;
  /** Of roll-ups, by the width of their bins. */
  readonly keep1m?: string | undefined;
  readonly keep1h?: string | undefined;
  readonly keep1d?: string | undefined;
  /** Of addresses, in whichever table. */
  readonly keepAddresses?: string | undefined;
}

/** What the store is configured with by these options. */
export type StoreLimits = Pick<
  StoreConfig,
  "retentionDays" | "tierDays" | "addressDays" | "maxBytes" | "minFreeBytes" | "spoolMaxAgeMs"
>;

const DAYS_MAX = 36_500;
const BYTES_MAX = 2 ** 50;

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 };
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Days of `90d`, `12w` or `2y`; 0 for `forever`. @throws InvalidArgumentError */
export function parseAge(text: string): number {
  if (text === "forever") return 0;
  const match = /^(\d{1,6})([dwy])$/.exec(text);
  const days = match ? Number(match[1]) * DAYS[match[2]!]! : 0;
  if (days >= 1 && days <= DAYS_MAX) return days;
  throw new InvalidArgumentError(`"${text}" is not an age; use whole days, weeks or years (90d, 12w, 2y) or forever`);
}

/** Bytes of `500M`, `50G` or `2T`, in powers of 1024. @throws InvalidArgumentError */
export function parseSize(text: string): number {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)([KMGT])$/.exec(text);
  const bytes = match ? Math.round(Number(match[1]) * UNITS[match[2]!]!) : 0;
  if (bytes >= 1 && bytes <= BYTES_MAX) return bytes;
  throw new InvalidArgumentError(`"${text}" is not a size; use a number and K, M, G or T, for example 50G`);
}

/** Shorter would drop what only waits for its turn. */
const SPOOL_AGE_MIN_MS = 60_000;

/** Milliseconds of `90m`, `12h` or `2d`; 0 for `forever`. @throws InvalidArgumentError */
export function parseSpoolAge(text: string): number {
  if (text === "forever") return 0;
  const ms = parseDuration(text) ?? 0;
  if (ms >= SPOOL_AGE_MIN_MS && ms <= DAYS_MAX * 86_400_000) return ms;
  throw new InvalidArgumentError(`"${text}" is not a time to wait; use one minute or more (90m, 12h, 2d) or forever`);
}

/** Checks an option and keeps its text, as in the configuration file. */
function checked(parse: (text: string) => number): (text: string) => string {
  return (text) => {
    parse(text);
    return text;
  };
}

/** The widths of roll-ups; the copies of long flows are kept as long as the widest. */
const ROLL_UPS = [
  { flag: "keep-1m", key: "keep1m", what: "minutes", byDefault: "90d", tiers: ["1m"] },
  {
    flag: "keep-1h",
    key: "keep1h",
    what: "hours",
    byDefault: "2y",
    tiers: ["1h", "1h-src", "1h-dst", "1h-service", "1h-as"],
  },
  { flag: "keep-1d", key: "keep1d", what: "days", byDefault: "5y", tiers: ["1d", "long"] },
] as const;

export const storeOptions = (): Option[] => [
  new Option("--keep <age>", "drop flows after 90d, 12w or 2y (default 30d; or forever)").argParser(checked(parseAge)),
  ...ROLL_UPS.map(({ flag, what, byDefault }) =>
    new Option(`--${flag} <age>`, `drop sums by ${what} after this age (default ${byDefault})`).argParser(
      checked(parseAge),
    ),
  ),
  new Option(
    "--keep-addresses <age>",
    "drop flows, sums by host and all else that has addresses of hosts after this age, if it is kept for longer",
  ).argParser(checked(parseAge)),
  new Option("--keep-size <size>", "drop the oldest days when the store takes more, for example 50G").argParser(
    checked(parseSize),
  ),
  new Option("--min-free <size>", "drop the oldest days when the disk has less free, for example 5G").argParser(
    checked(parseSize),
  ),
  new Option(
    "--spool-max-age <age>",
    "drop flows that waited for the store for longer, for example 12h (default forever)",
  ).argParser(checked(parseSpoolAge)),
];

/** The option of the commands that collect: how much waits for a store. */
export const spoolOption = (): Option =>
  new Option("--spool-size <size>", "refuse flows when so many wait for the store (default 4G)").argParser(
    checked(parseSize),
  );

/** Limits that are not given have the defaults of the store. */
export function storeLimits(options: StoreOptions): StoreLimits {
  const { keep, keepAddresses, keepSize, minFree, spoolMaxAge } = options;
  const tierDays: Record<string, number> = {};
  for (const { key, tiers } of ROLL_UPS) {
    const age = options[key];
    if (age !== undefined) for (const tier of tiers) tierDays[tier] = parseAge(age);
  }
  return {
    ...(Object.keys(tierDays).length === 0 ? {} : { tierDays }),
    ...(keep === undefined ? {} : { retentionDays: parseAge(keep) }),
    ...(keepAddresses === undefined ? {} : { addressDays: parseAge(keepAddresses) }),
    ...(keepSize === undefined ? {} : { maxBytes: parseSize(keepSize) }),
    ...(minFree === undefined ? {} : { minFreeBytes: parseSize(minFree) }),
    ...(spoolMaxAge === undefined ? {} : { spoolMaxAgeMs: parseSpoolAge(spoolMaxAge) }),
  };
}

/** Limits as people read them: `flows 30 days, minutes 90 days, …, addresses 7 days, at most 50G, …`. */
export function keepsText(limits: StoreLimits): string {
  const {
    retentionDays = RETENTION_DAYS,
    tierDays = {},
    addressDays = 0,
    maxBytes = 0,
    minFreeBytes = 0,
    spoolMaxAgeMs = 0,
  } = limits;
  const daysOf = (name: string): number =>
    tierDays[name] ?? TIERS.find((tier) => tier.name === name)?.retentionDays ?? 0;
  return [
    `flows ${ageText(retentionDays)}`,
    ...ROLL_UPS.map(({ what, tiers: [tier] }) => `${what} ${ageText(daysOf(tier))}`),
    ...(addressDays === 0 ? [] : [`addresses ${ageText(addressDays)}`]),
    ...(maxBytes === 0 ? [] : [`at most ${sizeText(maxBytes)}`]),
    ...(minFreeBytes === 0 ? [] : [`${sizeText(minFreeBytes)} of the disk free`]),
    ...(spoolMaxAgeMs === 0 ? [] : [`at most ${spoolMaxAgeMs / 60_000} minutes in the spool`]),
  ].join(", ");
}

export function ageText(days: number): string {
  return days === 0 ? "forever" : days === 1 ? "1 day" : `${days} days`;
}

/** Bytes in the largest unit that leaves no long fraction: `50G`, `1.5G`, `500M`. */
export function sizeText(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => bytes >= size) ?? ["", 1];
  return `${Number((bytes / size).toFixed(2))}${unit}`;
}
