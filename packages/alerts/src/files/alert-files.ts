import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "@ngflow/base";
import type { Alert } from "../alert.ts";
import type { Waiting } from "../notify/outbox.ts";
import type { Silence } from "../silence.ts";

/** An alert that is pending or fires. */
export interface KeptAlert {
  readonly key: string;
  readonly alert: Alert;
  /** Whether it was sent that it fires. */
  readonly told: boolean;
}

/** How far a rule is. */
export interface KeptRule {
  /** Of what it judges by. */
  readonly hash: string;
  /** End of the last window that was judged, Unix milliseconds. */
  readonly judgedMs: number;
  readonly active: readonly KeptAlert[];
}

/** What a restart goes on from. */
export interface AlertsState {
  readonly rules: Readonly<Record<string, KeptRule>>;
  readonly waiting: readonly Waiting[];
}

/** A rule that was made in the console. */
export interface SavedRule {
  readonly definition: Readonly<Record<string, unknown>>;
  /** Differs for each content. */
  readonly version: string;
  /** ISO 8601 UTC. */
  readonly changed: string;
  readonly by: string | null;
}

/** A larger history is written anew without its oldest part, bytes. */
const HISTORY_BYTES = 16 * 1_048_576;
/** Most alerts of the history. */
export const MOST_HISTORY = 20_000;

/** The files of alerts in a data directory, which only its server writes. */
export class AlertFiles {
  readonly #directory: string;
  readonly #log: Log;
  #failing = false;
  /** Called with every text that is written, by the name that servers share it by. */
  wrote: (name: string, text: string) => void = () => {};

  constructor(dataDirectory: string, log: Log) {
    this.#directory = join(dataDirectory, "alerts");
    this.#log = log;
  }

  /** The last state; an empty one where there is none, or it cannot be read. */
  state(): AlertsState {
    return stateOf(this.#read("state.json"));
  }

  /** Takes a text that another server wrote, by its name. */
  take(name: string, text: string): void {
    if ((NAMES as readonly string[]).includes(name)) this.#write(`${name}.json`, text);
  }

  keepState(state: AlertsState): void {
    const text = JSON.stringify(state);
    this.#write("state.json", text);
    this.wrote("state", text);
  }

  rules(): Readonly<Record<string, SavedRule>> {
    return (this.#read("rules.json") as Readonly<Record<string, SavedRule>> | undefined) ?? {};
  }

  /** @throws Error of the system: who saves is told. */
  keepRules(rules: Readonly<Record<string, SavedRule>>): void {
    const text = JSON.stringify(rules);
    this.#replace("rules.json", text);
    this.wrote("rules", text);
  }

  silences(): readonly Silence[] {
    const read = this.#read("silences.json");
    return Array.isArray(read) ? (read as readonly Silence[]).filter((silence) => isSilence(silence)) : [];
  }

  /** @throws Error of the system */
  keepSilences(silences: readonly Silence[]): void {
    const text = JSON.stringify(silences);
    this.#replace("silences.json", text);
    this.wrote("silences", text);
  }

  /** Every alert that fired, oldest first, each as it was last. Lines that are none are left out. */
  history(): Map<string, Alert> {
    const found = new Map<string, Alert>();
    for (const line of (this.#text("history.ndjson") ?? "").split("\n")) {
      const alert = alertOf(line);
      if (alert === undefined) continue;
      found.delete(alert.id);
      found.set(alert.id, alert);
    }
    return found;
  }

  /** Notes alerts as they are now. `all` is the history with them, for when the file has become too large. */
  keepHistory(alerts: readonly Alert[], all: Iterable<Alert>): void {
    this.#guarded(() => {
      mkdirSync(this.#directory, { recursive: true, mode: 0o750 });
      const file = join(this.#directory, "history.ndjson");
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size > HISTORY_BYTES) this.#replace("history.ndjson", shortened(all));
      else appendFileSync(file, lines(alerts), { mode: 0o640 });
    });
  }

  /** Writes the history as it is now. */
  replaceHistory(all: Iterable<Alert>): void {
    this.#guarded(() => this.#replace("history.ndjson", lines([...all])));
  }

  #write(name: string, text: string): void {
    this.#guarded(() => this.#replace(name, text));
  }

  /** What cannot be written is logged once: alerts go on, and a restart knows less. */
  #guarded(write: () => void): void {
    try {
      write();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: String(error) }, "the state of alerts cannot be kept");
      this.#failing = true;
    }
  }

  #replace(name: string, text: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o750 });
    const temporary = join(this.#directory, `.${name}.new`);
    const file = openSync(temporary, "w", 0o640);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, join(this.#directory, name));
  }

  #text(name: string): string | undefined {
    try {
      return readFileSync(join(this.#directory, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.#log.warn({ file: join(this.#directory, name), err: String(error) }, "a file of alerts cannot be read");
      return undefined;
    }
  }

  #read(name: string): unknown {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const value = parsed(text);
    if (value === undefined) this.#log.warn({ file: join(this.#directory, name) }, "a file of alerts is damaged");
    return value;
  }
}

/** The texts that servers share besides the history, each a file. */
const NAMES = ["state", "rules", "silences"] as const;

/** A state that was read; what is not one is left out. */
function stateOf(value: unknown): AlertsState {
  const read = value as Partial<AlertsState> | undefined;
  const rules = Object.entries(read?.rules ?? {}).filter(([, rule]) => isKept(rule));
  const waiting = Array.isArray(read?.waiting) ? (read.waiting as readonly Waiting[]) : [];
  return { rules: Object.fromEntries(rules), waiting: waiting.filter((each) => isWaiting(each)) };
}

/** Whether what was read is what was written: a file that somebody changed must not keep the server from starting. */
function isKept(rule: Partial<KeptRule> | null): boolean {
  const isWhole = ({ key, alert }: Partial<KeptAlert>): boolean =>
    typeof key === "string" && typeof alert?.id === "string" && Array.isArray(alert.lost);
  return typeof rule?.judgedMs === "number" && Array.isArray(rule.active) && rule.active.every(isWhole);
}

function isWaiting(waiting: Partial<Waiting> | null): boolean {
  return typeof waiting?.notice?.channel === "string" && Array.isArray(waiting.notice.alerts);
}

function isSilence(silence: Partial<Silence> | null): boolean {
  return Array.isArray(silence?.rules) && typeof silence.match === "object" && typeof silence.toMs === "number";
}

const lines = (alerts: readonly Alert[]): string => alerts.map((alert) => `${JSON.stringify(alert)}\n`).join("");

/** An alert of the history; undefined for a text that is none. */
export function alertOf(text: string): Alert | undefined {
  const alert = parsed(text) as Partial<Alert> | undefined;
  return typeof alert?.id === "string" && typeof alert.firedMs === "number" ? (alert as Alert) : undefined;
}

/** The newest part of a history, half as large as it may be. */
function shortened(all: Iterable<Alert>): string {
  const kept: string[] = [];
  let bytes = 0;
  for (const alert of [...all].toReversed()) {
    const line = lines([alert]);
    bytes += line.length;
    if (bytes > HISTORY_BYTES / 2) break;
    kept.push(line);
  }
  return kept.toReversed().join("");
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
