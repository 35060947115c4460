import { readFileSync } from "node:fs";
import { ROLES } from "@ngflow/server/access";
import { parse } from "yaml";
import { z } from "zod";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";
import { MAX_RECEIVERS } from "./listen-options.ts";
import { parseAge, parseSize } from "./store-options.ts";

/** A text that a parser of an option reads. */
function readable(parse: (text: string) => number): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .check(({ value, issues }) => {
      try {
        parse(value);
      } catch (error) {
        issues.push({ code: "custom", input: value, message: (error as Error).message });
      }
    })
    .optional();
}

/** Keys are the names of options; `exporters` is `--allow-exporter`. */
const configSchema = z
  .strictObject({
    data: z.string().optional(),
    http: z.string().optional(),
    "http-token-file": z.string().optional(),
    login: z.boolean().optional(),
    "login-header": z.string().optional(),
    "login-from": z.array(z.string()).optional(),
    "login-role": z.enum(ROLES).optional(),
    "http-cert": z.string().optional(),
    "http-key": z.string().optional(),
    "allow-host": z.array(z.string()).optional(),
    keep: readable(parseAge),
    "keep-1m": readable(parseAge),
    "keep-1h": readable(parseAge),
    "keep-1d": readable(parseAge),
    "keep-size": readable(parseSize),
    "min-free": readable(parseSize),
    "spool-size": readable(parseSize),
    listen: z.array(z.string()).optional(),
    receive: z.boolean().optional(),
    exporters: z.array(z.string()).optional(),
    "clock-limit": z.int().min(0).max(86_400).optional(),
    extra: z.union([z.literal("off"), z.int().min(1).max(65_535)]).optional(),
    "template-lifetime": z.int().min(0).max(604_800).optional(),
    tee: z.array(z.string()).optional(),
    "proxy-from": z.array(z.string()).optional(),
    session: z.enum(["port", "address"]).optional(),
    receivers: z.union([z.literal("auto"), z.int().min(1).max(MAX_RECEIVERS)]).optional(),
    elements: z.string().optional(),
    "exporter-rate": z.int().min(1).max(1e9).optional(),
    "tls-cert": z.string().optional(),
    "tls-key": z.string().optional(),
    "tls-ca": z.string().optional(),
    "tls-client": z.enum(["optional", "required"]).optional(),
    control: z.string().optional(),
    interface: z.array(z.string()).optional(),
    user: z.string().optional(),
  })
  .transform((keys) => ({
    ...keys,
    httpTokenFile: keys["http-token-file"],
    loginHeader: keys["login-header"],
    loginFrom: keys["login-from"],
    loginRole: keys["login-role"],
    httpCert: keys["http-cert"],
    httpKey: keys["http-key"],
    allowHost: keys["allow-host"],
    keep1m: keys["keep-1m"],
    keep1h: keys["keep-1h"],
    keep1d: keys["keep-1d"],
    keepSize: keys["keep-size"],
    minFree: keys["min-free"],
    spoolSize: keys["spool-size"],
    allowExporter: keys.exporters,
    clockLimit: keys["clock-limit"],
    templateLifetime: keys["template-lifetime"],
    proxyFrom: keys["proxy-from"],
    exporterRate: keys["exporter-rate"],
    tlsCert: keys["tls-cert"],
    tlsKey: keys["tls-key"],
    tlsCa: keys["tls-ca"],
    tlsClient: keys["tls-client"],
  }));

const SHARED = [
  "data",
  "http",
  "httpTokenFile",
  "login",
  "loginHeader",
  "loginFrom",
  "loginRole",
  "httpCert",
  "httpKey",
  "allowHost",
  "keep",
  "keep1m",
  "keep1h",
  "keep1d",
  "keepSize",
  "minFree",
  "spoolSize",
  "listen",
  "receive",
  "allowExporter",
  "clockLimit",
  "extra",
  "templateLifetime",
  "tee",
  "proxyFrom",
  "session",
  "receivers",
  "elements",
  "exporterRate",
  "tlsCert",
  "tlsKey",
  "tlsCa",
  "tlsClient",
  "control",
  "interface",
  "user",
] as const;

/** The settings that every daemon shares; each is an option and a key of the configuration file. */
export type SharedConfig = { readonly [Key in (typeof SHARED)[number]]?: z.output<typeof configSchema>[Key] };

/** Reads a configuration file. @throws OptionsError with exit 66 (unreadable) or 78 (bad content). */
export function readConfig(file: string): SharedConfig {
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
  const result = configSchema.safeParse(value);
  if (result.success) {
    const present = SHARED.filter((key) => result.data[key] !== undefined);
    return Object.fromEntries(present.map((key) => [key, result.data[key]]));
  }
  const issue = result.error.issues[0]!;
  throw new OptionsError("config-invalid", `${file}: ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

/**
 * Options of the command line over those of the configuration file. `login: false` of the file holds: the command line
 * can only say the same (`--no-login`).
 */
export function withConfig<T extends SharedConfig & { config?: string }>(options: T): T {
  if (options.config === undefined) return options;
  const file = readConfig(options.config);
  return { ...file, ...options, ...(file.login === false ? { login: false } : {}) };
}
