import { readFileSync } from "node:fs";
import { nearest } from "@ngflow/flows";
import { parse } from "yaml";
import type { z } from "zod";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";
import {
  isList,
  optionName,
  propertyName,
  type SettingKey,
  SETTING_KEYS,
  type Settings,
  settingsSchema,
  type SharedConfig,
  variableName,
} from "./settings.ts";

export type { SharedConfig } from "./settings.ts";

/** Variable of the environment that names the configuration file where `--config` does not. */
const FILE_VARIABLE = "NGFLOW_CONFIG";

type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with settings, a line each: the key, the fault, and the key that was meant. */
function problemsOf({ issues }: z.ZodError): string[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [`${issue.path.join(".") || "top level"}: ${issue.message}`];
    return issue.keys.map((key) => {
      const meant = nearest(key, SETTING_KEYS);
      return `${key}: no such key${meant === undefined ? "" : `; did you mean ${meant}?`}`;
    });
  });
}

/**
 * The settings of a configuration file, and everything that is wrong with them.
 *
 * @throws OptionsError as `readConfig`
 */
export function checkConfig(file: string): {
  readonly settings: Settings | null;
  readonly problems: readonly string[];
} {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new OptionsError("config-unreadable", `${file}: cannot read the configuration: ${systemReason(cause)}`);
  }
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    throw new OptionsError("config-syntax", `${file}: ${(cause as Error).message.split("\n")[0]}`);
  }
  const result = settingsSchema.safeParse(value);
  return result.success
    ? { settings: result.data, problems: [] }
    : { settings: null, problems: problemsOf(result.error) };
}

/** Reads a configuration file. @throws OptionsError with exit 66 (unreadable) or 78 (bad content). */
export function readConfig(file: string): SharedConfig {
  return byProperty(settingsOf(file));
}

/** @throws OptionsError as `readConfig` */
export function settingsOf(file: string): Settings {
  const { settings, problems } = checkConfig(file);
  if (settings !== null) return settings;
  throw new OptionsError("config-invalid", problems.map((problem) => `${file}: ${problem}`).join("\n"));
}

/**
 * Settings of the environment: `NGFLOW_KEEP=90d`, lists with commas. An empty variable is as one that is not set.
 * @throws OptionsError `config-invalid`, naming the variable.
 */
export function environmentSettings(env: Environment = process.env): Settings {
  const settings: Partial<Record<SettingKey, unknown>> = {};
  for (const key of SETTING_KEYS) {
    const name = variableName(key);
    const text = env[name];
    if (text === undefined || text === "") continue;
    settings[key] = valueOf(key, name, text);
  }
  return settings as Settings;
}

/** A text is taken as it is where it may be one, else as YAML reads it: `5` is a number, `true` a boolean. */
function valueOf(key: SettingKey, name: string, text: string): unknown {
  const schema = settingsSchema.shape[key];
  const tries = isList(key) ? [text.split(",").map((part) => part.trim())] : [text, parse(text) as unknown];
  let fault: z.ZodError | undefined;
  for (const value of tries) {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    fault = result.error;
  }
  throw new OptionsError("config-invalid", `${name}=${text}: ${fault?.issues[0]?.message}`);
}

/** The configuration file that `--config` or the environment names. */
export function configFile(option: string | undefined, env: Environment = process.env): string | undefined {
  return option ?? (env[FILE_VARIABLE] || undefined);
}

function byProperty(settings: Settings): SharedConfig {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [propertyName(optionName(key as SettingKey)), value]),
  );
}

/** Settings that the command line can only switch off (`--no-login`): `false` of the file or the environment holds. */
const SWITCHED_OFF = ["login", "capture", "story"] as const;

/** Options of the command line over the environment, and that over the configuration file. */
export function withConfig<T extends SharedConfig & { config?: string }>(options: T): T {
  const config = configFile(options.config);
  const ofEnvironment = byProperty(environmentSettings());
  const { control, ...shared } = { ...(config === undefined ? {} : readConfig(config)), ...ofEnvironment };
  // The socket of the environment is the usual one, which `ownControlPath` knows; it is not one that was named.
  const named = ofEnvironment.control === undefined && control !== undefined ? { control } : {};
  return {
    ...shared,
    ...named,
    ...options,
    ...(config === undefined ? {} : { config }),
    ...Object.fromEntries(SWITCHED_OFF.filter((key) => shared[key] === false).map((key) => [key, false])),
  };
}
