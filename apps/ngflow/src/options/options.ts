import { InvalidArgumentError, Option } from "commander";
import { parseKeyParts } from "@ngflow/nodes/engine";

/** HOST:PORT of the options `--http` and `--listen`. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
  /** Of `--listen`; by default `udp`. */
  readonly transport?: Transport;
}

/** Levels of the daemons' log, the least important first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

const TRANSPORTS = ["udp", "tcp", "tls"] as const;
/** By which an exporter sends its flows. */
export type Transport = (typeof TRANSPORTS)[number];

/** An option that takes an address. */
export interface AddressOption {
  readonly option: string;
  /** The host if none is given. */
  readonly host: string;
  readonly example: string;
}

const HTTP: AddressOption = { option: "--http", host: "127.0.0.1", example: "127.0.0.1:8080" };
const LISTEN: AddressOption = { option: "--listen", host: "::", example: "0.0.0.0:2055" };
const PORT_MAX = 65_535;

/** Parses `HOST:PORT`, `[V6]:PORT`, `:PORT` or `PORT`. @throws InvalidArgumentError on anything else. */
export function parseHostPort(text: string, { option, host, example } = HTTP): HostPort {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:[\]]*)):)?(\d+)$/.exec(text);
  if (!match) throw new InvalidArgumentError(`${option} ${text}: expected HOST:PORT, for example ${example}`);
  const port = Number(match[3]);
  if (port > PORT_MAX) throw new InvalidArgumentError(`${option} ${text}: port ${match[3]} is above ${PORT_MAX}`);
  return { host: match[1] || match[2] || host, port };
}

/** An address as `--http` and `--listen` take it: `127.0.0.1:8080`, `[::]:2055`. */
export function hostPort({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** An address as `--listen` takes it: `udp://127.0.0.1:2055`. */
export function listenText({ transport = "udp", ...address }: HostPort): string {
  return `${transport}://${hostPort(address)}`;
}

/** Parses `[udp|tcp|tls://]HOST:PORT`; the host defaults to every address. @throws InvalidArgumentError */
export function parseListen(text: string): HostPort {
  const scheme = /^([a-z]+):\/\//.exec(text);
  if (scheme === null) return parseHostPort(text, LISTEN);
  const transport = TRANSPORTS.find((each) => each === scheme[1]);
  if (transport === undefined) {
    throw new InvalidArgumentError(`--listen ${text}: not one of udp://, tcp:// and tls://`);
  }
  const address = parseHostPort(text.slice(scheme[0].length), LISTEN);
  return transport === "udp" ? address : { ...address, transport };
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
  logLevel: () =>
    new Option(
      "--log-level <level>",
      "least level of what is logged (default info; warn on a terminal, and of up and demo)",
    ).choices([...LOG_LEVELS]),
  quiet: () => new Option("--quiet", "print errors only"),
  verbose: () => new Option("--verbose", "verbose output"),
} as const;
