import { ROLES } from "@ngflow/server/access";
import { z } from "zod";
import { MAX_TIMEOUT_SECONDS } from "../daemon/timeouts.ts";
import { alertsSetting } from "./alerts-option.ts";
import { metricsSetting } from "./metrics-option.ts";
import { reportsSetting } from "./report-option.ts";
import { MAX_RECEIVERS } from "./listen-options.ts";
import { LOG_LEVELS } from "./options.ts";
import { TLS_VERSIONS } from "./receive-options.ts";
import { parseOut } from "../out/out-url.ts";
import { parseAge, parseSize, parseSpoolAge } from "./store-options.ts";
import { parseTee } from "./tee-option.ts";

const text = z.string();
/** A port may be written as a number. */
const texts = z.array(z.union([z.string(), z.number()]).transform(String));

/** Texts that a parser of an option reads, each of them; what is wrong is named by its own place in the list. */
function each(parse: (text: string) => unknown): typeof texts {
  return texts.check(({ value, issues }) => {
    for (const [at, one] of value.entries()) {
      try {
        parse(one);
      } catch (error) {
        issues.push({ code: "custom", input: one, path: [at], message: (error as Error).message });
      }
    }
  });
}
const tees = each(parseTee);
const outs = each(parseOut);

/** A text that a parser of an option reads. */
function readable(parse: (text: string) => number): z.ZodString {
  return z.string().check(({ value, issues }) => {
    try {
      parse(value);
    } catch (error) {
      issues.push({ code: "custom", input: value, message: (error as Error).message });
    }
  });
}

/**
 * The settings of the daemons: a row per key of the configuration file. A key is the name of an option; what it means
 * is said there.
 */
export const SETTINGS = {
  data: text,
  interface: texts,
  capture: z.boolean(),
  story: z.boolean(),
  active: z.int().min(1).max(MAX_TIMEOUT_SECONDS),
  inactive: z.int().min(1).max(MAX_TIMEOUT_SECONDS),
  control: text,
  user: text,
  "log-level": z.enum(LOG_LEVELS),
  listen: texts,
  receive: z.boolean(),
  exporters: texts,
  "clock-limit": z.int().min(0).max(86_400),
  "template-lifetime": z.int().min(0).max(604_800),
  "proxy-from": texts,
  session: z.enum(["port", "address"]),
  "exporter-rate": z.int().min(1).max(1e9),
  receivers: z.union([z.literal("auto"), z.int().min(1).max(MAX_RECEIVERS)]),
  elements: text,
  networks: text,
  mmdb: texts,
  snmp: text,
  "interface-rules": text,
  hosts: texts,
  "mac-vendors": text,
  "reverse-dns": text,
  extra: z.union([z.literal("off"), z.int().min(1).max(65_535)]),
  tee: tees,
  "tls-cert": text,
  "tls-key": text,
  "tls-ca": text,
  "tls-name": texts,
  "tls-max-version": z.enum(TLS_VERSIONS),
  "tls-client": z.enum(["optional", "required"]),
  keep: readable(parseAge),
  "keep-1m": readable(parseAge),
  "keep-1h": readable(parseAge),
  "keep-1d": readable(parseAge),
  "keep-addresses": readable(parseAge),
  "keep-size": readable(parseSize),
  "min-free": readable(parseSize),
  "spool-size": readable(parseSize),
  "spool-max-age": readable(parseSpoolAge),
  store: text,
  "store-password-file": text,
  "store-ca": text,
  "store-cluster": text,
  "store-collector": text,
  "store-policy": text,
  "store-shard-by": z.enum(["flow", "exporter"]),
  "store-allow-old": z.boolean(),
  http: text,
  "http-token-file": text,
  login: z.boolean(),
  "login-header": text,
  "login-from": texts,
  "login-role": z.enum(ROLES),
  "http-cert": text,
  "http-key": text,
  "allow-host": texts,
  "base-path": text,
  alerts: alertsSetting,
  out: outs,
  metrics: metricsSetting,
  reports: reportsSetting,
} as const;

export type SettingKey = keyof typeof SETTINGS;

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** The options that have another name than their key. */
const OPTION_NAMES = { exporters: "allow-exporter" } as const satisfies Partial<Record<SettingKey, string>>;

type OptionNames = typeof OPTION_NAMES;
type CamelCase<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Text;
type OptionName<Key extends SettingKey> = Key extends keyof OptionNames ? OptionNames[Key] : Key;

/** The settings that every daemon shares, by the names that options have in code. */
export type SharedConfig = {
  readonly [Key in SettingKey as CamelCase<OptionName<Key>>]?: z.output<(typeof SETTINGS)[Key]>;
};

/** Name of the option of a key, without its dashes: `allow-exporter`. */
export const optionName = (key: SettingKey): string =>
  (OPTION_NAMES as Partial<Record<SettingKey, string>>)[key] ?? key;

/** Name of an option in code: `allowExporter`. */
export const propertyName = (option: string): string =>
  option.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Variable of the environment of a key: `NGFLOW_ALLOW_EXPORTER`. */
export const variableName = (key: SettingKey): string => `NGFLOW_${optionName(key).replaceAll("-", "_").toUpperCase()}`;

/** Whether a key takes a list. */
export const isList = (key: SettingKey): boolean => [texts, tees, outs].some((list) => list === SETTINGS[key]);

/** Settings as a configuration file has them. */
export const settingsSchema = z.strictObject(SETTINGS).partial();
export type Settings = z.output<typeof settingsSchema>;
