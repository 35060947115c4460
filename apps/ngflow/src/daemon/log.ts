import { terminalText } from "@ngflow/base";
import { pino, type Logger } from "pino";
import type { LOG_LEVELS } from "../options/options.ts";
import { columnsOf, fitLines } from "../output/fit-lines.ts";

export type { Logger } from "pino";

const LEVEL_NAMES: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "warning",
  50: "error",
  60: "fatal",
};

/** Log level of a daemon: warnings on a terminal, information elsewhere. */
export interface LogOptions {
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
  /** Level without any of these options, instead of the default. */
  readonly level?: "info" | "warn";
}

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level that options ask for. */
export function logLevel({ quiet, verbose, logLevel: asked, level }: LogOptions): LogLevel {
  if (quiet === true) return "error";
  if (verbose === true) return "debug";
  return asked ?? level ?? (process.stderr.isTTY ? "warn" : "info");
}

/** `03:58:24 ` before an entry. */
const CLOCK_COLUMNS = 9;

/** One log entry as text: time, level unless it is `info`, message, fields. */
export function terminalLine(json: string): string {
  const { time, level, msg, name: _, pid: __, hostname: ___, ...facts } = JSON.parse(json) as Record<string, unknown>;
  const clock = new Date(time as number).toTimeString().slice(0, 8);
  const word = level === 30 ? "" : `${LEVEL_NAMES[level as number] ?? level}: `;
  const rest = Object.entries(facts).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return `${clock} ${word}${terminalText(String(msg) + (rest.length > 0 ? ` (${rest.join(" ")})` : ""))}\n`;
}

/** Log on standard error: text on a terminal, JSON elsewhere. */
export function createLog(name: string, options: LogOptions = {}): Logger {
  const level = logLevel(options);
  const settings = { name, level, base: { name } };
  if (!process.stderr.isTTY) return pino(settings, pino.destination({ dest: 2, sync: true }));
  // The status line of the parent may be on the terminal's line: it comes again within a second.
  const write = (line: string): unknown =>
    process.stderr.write(`\r\x1b[2K${fitLines(terminalLine(line), columnsOf(process.stderr), CLOCK_COLUMNS)}`);
  return pino(settings, { write: (line: string) => void write(line) });
}
