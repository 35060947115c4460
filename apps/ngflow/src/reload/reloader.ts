import { isDeepStrictEqual } from "node:util";
import { type Command, CommanderError } from "commander";
import { withConfig } from "../options/config-file.ts";
import { OptionsError } from "../options/errors.ts";
import { optionName, propertyName, type SettingKey, SETTING_KEYS, type SharedConfig } from "../options/settings.ts";
import type { ReloadableKey } from "./reloadable.ts";

/** Where a daemon's settings come from. */
export interface SettingSource<Options extends SharedConfig = SharedConfig> {
  /** The settings of the command line over those of the environment and the file, as they are now. */
  read(): Options;
  /** The settings that the daemon has. */
  readonly keys: readonly SettingKey[];
}

/** The source of a command's settings. @param given its options, without those of the file */
export function settingSource<Options extends SharedConfig & { config?: string }>(
  given: Options,
  command: Command,
): SettingSource<Options> {
  const names = new Set(command.options.map((option) => option.attributeName()));
  return {
    read: () => withConfig(given),
    keys: SETTING_KEYS.filter((key) => names.has(propertyName(optionName(key)))),
  };
}

/** A setting that has another value than before; null is the default. */
export interface SettingChange {
  readonly key: SettingKey;
  readonly from: unknown;
  readonly to: unknown;
}

/** What a reload did. */
export interface ReloadReport {
  /** What holds now. */
  readonly changed: readonly SettingChange[];
  /** What holds after a restart. */
  readonly restart: readonly SettingChange[];
}

/** Settings that are taken over together. */
export interface ReloadRow {
  readonly keys: readonly ReloadableKey[];
  /** Whether it is taken over at every reload: it reads files, which may have changed. */
  readonly files?: boolean;
  /** Whether a change of a key is one for a running daemon. Default: every change is. */
  can?(key: ReloadableKey, before: SharedConfig, after: SharedConfig): boolean;
  /** Checks the values. What it returns makes them hold. The last row may do that here. @throws NgflowError */
  prepare(after: SharedConfig, before: SharedConfig): Prepared | Promise<Prepared>;
}

/** Makes checked values hold, or drops what was made to check them. */
type Prepared = (() => unknown) | { apply(): unknown; discard(): unknown };

/** Takes over what has changed in the settings of a daemon that runs: all of it or, if anything is wrong, nothing. */
export class Reloader {
  readonly #source: SettingSource;
  readonly #rows: readonly ReloadRow[];
  #current: SharedConfig;
  #running: Promise<unknown> = Promise.resolve();

  /** @param current the settings that hold */
  constructor(source: SettingSource, current: SharedConfig, rows: readonly ReloadRow[]) {
    this.#source = source;
    this.#rows = rows;
    this.#current = current;
  }

  /** One at a time. @throws NgflowError for wrong settings; then nothing has changed */
  reload(): Promise<ReloadReport> {
    const next = this.#running.then(() => this.#reload()).catch(asWrongSettings);
    this.#running = next.catch(() => undefined);
    return next;
  }

  async #reload(): Promise<ReloadReport> {
    const before = this.#current;
    const after = this.#source.read();
    const all = this.#source.keys.flatMap((key) => changeOf(key, before, after));
    const changed = all.filter(({ key }) => this.#can(key as ReloadableKey, before, after));
    const restart = all.filter((change) => !changed.includes(change));
    // What needs a restart is as before.
    const held = Object.fromEntries(restart.map(({ key }) => [propertyOf(key), valueOf(key, before)]));
    const settings = { ...after, ...held } as SharedConfig;
    const steps: Prepared[] = [];
    try {
      for (const row of this.#rows) {
        const concerns = changed.some(({ key }) => row.keys.includes(key as ReloadableKey));
        if (row.files === true || concerns) steps.push(await row.prepare(settings, before));
      }
    } catch (error) {
      for (const step of steps) if (typeof step === "object") await step.discard();
      throw error;
    }
    this.#current = settings;
    for (const step of steps) await (typeof step === "object" ? step.apply() : step());
    return { changed, restart };
  }

  #can(key: ReloadableKey, before: SharedConfig, after: SharedConfig): boolean {
    return this.#rows.some((row) => row.keys.includes(key) && row.can?.(key, before, after) !== false);
  }
}

/** A value that an option's parser refuses is wrong in the file, too. */
function asWrongSettings(error: unknown): never {
  if (!(error instanceof CommanderError)) throw error;
  throw new OptionsError("config-invalid", error.message, { cause: error });
}

const propertyOf = (key: SettingKey): keyof SharedConfig => propertyName(optionName(key)) as keyof SharedConfig;
const valueOf = (key: SettingKey, settings: SharedConfig): unknown => settings[propertyOf(key)];

function changeOf(key: SettingKey, before: SharedConfig, after: SharedConfig): SettingChange[] {
  const [from = null, to = null] = [valueOf(key, before), valueOf(key, after)];
  return isDeepStrictEqual(from, to) ? [] : [{ key, from, to }];
}
