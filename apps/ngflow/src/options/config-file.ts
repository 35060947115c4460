import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { OptionsError } from "./errors.ts";

const configSchema = z.strictObject({
  data: z.string().optional(),
  http: z.string().optional(),
  listen: z.array(z.string()).optional(),
  control: z.string().optional(),
  interface: z.array(z.string()).optional(),
});

/** The settings that every daemon shares; each is an option and a key of the configuration file. */
export type SharedConfig = z.infer<typeof configSchema>;

/** Reads a configuration file. @throws OptionsError with exit 66 (unreadable) or 78 (bad content). */
export function readConfig(file: string): SharedConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new OptionsError("config-unreadable", `${file}: cannot read the configuration: ${(cause as Error).message}`);
  }
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    throw new OptionsError("config-syntax", `${file}: ${(cause as Error).message.split("\n")[0]}`);
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new OptionsError("config-invalid", `${file}: ${issue.path.join(".") || "top level"}: ${issue.message}`);
}

/** Options of the command line over those of the configuration file. */
export function withConfig<T extends SharedConfig & { config?: string }>(options: T): T {
  return options.config === undefined ? options : { ...readConfig(options.config), ...options };
}
