import { readFileSync, statSync } from "node:fs";
import { parse } from "yaml";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * What the YAML file of an option has; of a whole configuration, what is under its key.
 * @throws OptionsError `file-unreadable`, `config-syntax`
 */
export function contentOf(key: string, file: string): unknown {
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new OptionsError("file-unreadable", `--${key} ${file}: cannot be read: ${systemReason(cause)}`);
  }
  try {
    const value: unknown = parse(text) ?? {};
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    return typeof inner === "object" && inner !== null ? inner : value;
  } catch (cause) {
    throw new OptionsError("config-syntax", `${file}: ${(cause as Error).message.split("\n")[0]}`);
  }
}
