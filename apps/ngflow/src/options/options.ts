import { InvalidArgumentError, Option } from "commander";
import { parseKeyParts } from "@ngflow/nodes/engine";

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

/** An address as `--http` and `--listen` take it: `127.0.0.1:8080`, `[::]:2055`. */
export function hostPort({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Parses `[udp://]HOST:PORT`; the host defaults to every address. @throws InvalidArgumentError */
export function parseListen(text: string): HostPort {
  const scheme = /^([a-z]+):\/\//.exec(text);
  if (scheme && scheme[1] !== "udp") throw new InvalidArgumentError(`"${text}": only udp:// is supported`);
  return parseHostPort(scheme ? text.slice(scheme[0].length) : text, "::");
}

/** A seed: any unsigned 32-bit number. @throws InvalidArgumentError */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= 0xffffffff) return seed;
  throw new InvalidArgumentError(`"${text}" is not a number from 0 to 4294967295`);
}

/** Parts of the flow key, as `setkey` takes them. @throws InvalidArgumentError */
function parseKey(text: string): string {
  if (parseKeyParts(text) !== undefined) return text;
  throw new InvalidArgumentError("expected a comma-separated list of vlan, mac, mpls, tunnel, or an empty text.");
}

/** Parser of a repeatable option: the values so far and one more. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** The options that mean the same in every command. */
export const sharedOptions = {
  data: () => new Option("--data <dir>", "data directory (default ~/.local/share/ngflow; /var/lib/ngflow for root)"),
  control: () =>
    new Option(
      "--control <socket>",
      "control socket of the graph (default ngflow/control.sock in $XDG_RUNTIME_DIR, or in /run for root)",
    ),
  controlGroup: () => new Option("--control-group <group>", "group that may also open the control socket (mode 0660)"),
  user: () => new Option("--user <name>", "user to run as when root starts it (default: ngflow; the data's owner)"),
  interface: () => new Option("--interface <if>", "network interface (repeatable)").argParser(collect),
  asTable: () => new Option("--as-table <file>", "AS numbers for flow records, one PREFIX/LENGTH,NUMBER per line"),
  key: () =>
    new Option(
      "--key <parts>",
      "parts of the flow key next to the usual ones, comma-separated: vlan, mac, mpls, tunnel (default vlan)",
    ).argParser(parseKey),
  config: () => new Option("--config <file>", "YAML file with options as keys: data, http, listen, exporters, …"),
  quiet: () => new Option("--quiet", "print errors only"),
  verbose: () => new Option("--verbose", "verbose output"),
} as const;
