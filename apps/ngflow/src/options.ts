import { readFileSync } from "node:fs";
import { NgflowError } from "@ngflow/base";
import { InvalidArgumentError, Option } from "commander";
import { parse } from "yaml";
import { z } from "zod";

/** HOST:PORT of the options `--http` and `--listen`. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Parses `HOST:PORT`, `[V6]:PORT`, `:PORT` or `PORT`. @throws InvalidArgumentError on anything else. */
export function parseHostPort(text: string, defaultHost = "127.0.0.1"): HostPort {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const number = Number(match?.[3]);
  if (!match || number > 65535)
    throw new InvalidArgumentError(`"${text}" is not HOST:PORT, for example 127.0.0.1:8080`);
  return { host: match[1] || match[2] || defaultHost, port: number };
}

/** Parses `[udp://]HOST:PORT`; the host defaults to every address. @throws InvalidArgumentError */
export function parseListen(text: string): HostPort {
  const scheme = /^([a-z]+):\/\//.exec(text);
  if (scheme && scheme[1] !== "udp") throw new InvalidArgumentError(`"${text}": only udp:// is served`);
  return parseHostPort(scheme ? text.slice(scheme[0].length) : text, "::");
}

/** Where flows are awaited unless told otherwise: the article's, NetFlow's usual, and IPFIX's registered one. */
export const DEFAULT_LISTEN: readonly HostPort[] = [4444, 2055, 4739].map((port) => ({ host: "::", port }));
export const DEFAULT_HTTP: HostPort = { host: "127.0.0.1", port: 8080 };

const configSchema = z.strictObject({
  data: z.string().optional(),
  http: z.string().optional(),
  listen: z.array(z.string()).optional(),
  control: z.string().optional(),
  interface: z.array(z.string()).optional(),
});

/** The settings that every daemon shares; each is an option and a key of the configuration file. */
export type SharedConfig = z.infer<typeof configSchema>;

/** Reads a configuration file. @throws NgflowError with exit 66 (unreadable) or 78 (bad content). */
export function readConfig(file: string): SharedConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new NgflowError(
      "CONFIG_UNREADABLE",
      `${file}: cannot read the configuration: ${(cause as Error).message}`,
      "noInput",
    );
  }
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (cause) {
    throw new NgflowError("CONFIG_SYNTAX", `${file}: ${(cause as Error).message.split("\n")[0]}`, "config");
  }
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new NgflowError(
    "CONFIG_INVALID",
    `${file}: ${issue.path.join(".") || "top level"}: ${issue.message}`,
    "config",
  );
}

/** Options of the command line over those of the configuration file. */
export function withConfig<T extends SharedConfig & { config?: string }>(options: T): T {
  return options.config === undefined ? options : { ...readConfig(options.config), ...options };
}

/** A seed: any unsigned 32-bit number. @throws InvalidArgumentError */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 0xffffffff) return seed;
  throw new InvalidArgumentError(`"${text}" is not a number from 0 to 4294967295`);
}

/** Parser of a repeatable option: the values so far and one more. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** The options that mean the same everywhere (design, section 3). */
export const sharedOptions = {
  data: () => new Option("--data <dir>", "directory of the store and of state"),
  http: () => new Option("--http <host:port>", "address of the console (default 127.0.0.1:8080)"),
  listen: () =>
    new Option(
      "--listen <host:port>",
      "UDP address to receive flows on, repeatable (default 4444, 2055, 4739)",
    ).argParser(collect),
  control: () => new Option("--control <socket>", "control socket of the graph"),
  controlGroup: () =>
    new Option("--control-group <group>", "group whose members may open the control socket too (mode 0660)"),
  interface: () => new Option("--interface <if>", "network interface, repeatable").argParser(collect),
  asTable: () => new Option("--as-table <file>", "lines PREFIX/LENGTH,NUMBER: autonomous systems for flow records"),
  config: () => new Option("--config <file>", "YAML file with these options as keys"),
  quiet: () => new Option("--quiet", "print errors only"),
  verbose: () => new Option("--verbose", "print what is done, in detail"),
} as const;
