import { isIPv4 } from "node:net";
import { InvalidArgumentError, Option } from "commander";
import { DEFAULT_CLOCK_LIMIT_MS, EXTRA_ROW_BYTES } from "@ngflow/flows";
import type { ListenAddress } from "@ngflow/collector";
import { isMulticast } from "@ngflow/base";
import { LISTEN_PORTS } from "@ngflow/wire";
import { collect, type HostPort, parseListen } from "./options.ts";

/** Options of the commands that receive flows: where, and from whom. */
export interface ListenOptions {
  readonly listen?: readonly string[] | undefined;
  /** Of `up` and `demo`, which by default listen for their own graph only. */
  readonly receive?: boolean | undefined;
  readonly allowExporter?: readonly string[] | undefined;
  /** Seconds. */
  readonly clockLimit?: number | undefined;
  /** Seconds. */
  readonly templateLifetime?: number | undefined;
  /** Other collectors, as URLs. */
  readonly tee?: readonly string[] | undefined;
  /** Bytes a record, or `off`. */
  readonly extra?: number | "off" | undefined;
}

/** Every address, and the usual ports. */
const EVERYWHERE: readonly HostPort[] = LISTEN_PORTS.map((port) => ({ host: "::", port }));
/** The usual ports, for exporters on this machine. */
export const LOOPBACK_LISTEN: readonly HostPort[] = LISTEN_PORTS.map((port) => ({ host: "127.0.0.1", port }));

export const listenOption = (): Option =>
  new Option(
    "--listen <address>",
    `[udp|tcp|tls://]HOST:PORT to receive flows on, or multicast GROUP%IFACE:PORT ` +
      `(repeatable; usual ports ${LISTEN_PORTS.join(", ")})`,
  ).argParser(collect);

export const receiveOption = (): Option =>
  new Option(
    "--receive",
    "receive flows from other exporters: on every address and the usual ports (default: this machine)",
  );

export const allowExporterOption = (): Option =>
  new Option("--allow-exporter <cidr>", "address or prefix that may send flows (repeatable; default: any)").argParser(
    collect,
  );

/** How far the clock of an exporter may be off by default. */
const CLOCK_LIMIT_S = DEFAULT_CLOCK_LIMIT_MS / 1000;

export const clockLimitOption = (): Option =>
  new Option(
    "--clock-limit <seconds>",
    `place flows by their arrival if their exporter's clock is further off (default: ${CLOCK_LIMIT_S}; 0: never)`,
  ).argParser(parseSeconds);

/** Most threads that receive datagrams; more would receive no more. */
export const MAX_RECEIVERS = 16;

/** Most bytes of a row's extra fields: a datagram has no more. */
export const EXTRA_BYTES_MAX = 65_535;

export const extraOption = (): Option =>
  new Option(
    "--extra <bytes>",
    `keep fields without a column, at most so many bytes of a record (default: ${EXTRA_ROW_BYTES}; off: none)`,
  ).argParser(parseExtra);

function parseExtra(text: string): number | "off" {
  if (text === "off") return text;
  const bytes = Number(text);
  if (/^\d+$/.test(text) && bytes >= 1 && bytes <= EXTRA_BYTES_MAX) return bytes;
  throw new InvalidArgumentError(`give whole bytes from 1 to ${EXTRA_BYTES_MAX}, or off`);
}

/** The bytes of the option, or the default; 0 for none. */
export function extraRowBytes({ extra = EXTRA_ROW_BYTES }: ListenOptions): number {
  return extra === "off" ? 0 : extra;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("give whole seconds, at most 86400 (a day)");
}

/** A week, beyond which a lifetime is none. */
const MAX_LIFETIME_S = 604_800;

export const templateLifetimeOption = (): Option =>
  new Option(
    "--template-lifetime <seconds>",
    "forget a template over UDP that was not sent again for so long (default: 0, never)",
  ).argParser((text) => {
    const seconds = Number(text);
    if (/^\d+$/.test(text) && seconds <= MAX_LIFETIME_S) return seconds;
    throw new InvalidArgumentError(`give whole seconds, at most ${MAX_LIFETIME_S} (a week)`);
  });

/** The limit of the option, or the default, in milliseconds. */
export function clockLimitMs({ clockLimit = CLOCK_LIMIT_S }: ListenOptions): number {
  return clockLimit * 1000;
}

/**
 * The addresses to receive flows on: those of `--listen` and of `--receive`, or else the usual ones. @throws
 * InvalidArgumentError
 */
export function listenAddresses({ listen, receive }: ListenOptions, usual = EVERYWHERE): readonly HostPort[] {
  const chosen = [...(listen ?? []).map(parseListen), ...(receive === true ? EVERYWHERE : [])];
  return chosen.length > 0 ? chosen : usual;
}

/** The host by which this machine's graph reaches an address; undefined if not by UDP and IPv4. */
function hostForGraph({ host, transport = "udp" }: HostPort): string | undefined {
  if (transport !== "udp") return undefined;
  if (host === "::" || host === "0.0.0.0" || host === "localhost") return "127.0.0.1";
  return isIPv4(host) && !isMulticast(host) ? host : undefined;
}

/** Addresses to listen on, and the one of this machine's graph. */
export interface GraphListen {
  readonly listen: readonly ListenAddress[];
  /** Index in `listen`, and the host by which the graph reaches it; null without a graph. */
  readonly graph: { readonly index: number; readonly host: string } | null;
}

/**
 * Addresses for exporters, and one of them for the graph of this machine: the first that it can reach, or one more on
 * loopback.
 */
export function withGraphAddress(listen: readonly HostPort[]): GraphListen {
  const index = listen.findIndex((address) => hostForGraph(address) !== undefined);
  if (index >= 0) return { listen, graph: { index, host: hostForGraph(listen[index]!)! } };
  const loopback = { host: "127.0.0.1", port: 0 };
  return { listen: [...listen, loopback], graph: { index: listen.length, host: loopback.host } };
}

const isLocal = ({ host }: HostPort): boolean => host.startsWith("127.") || host === "::1" || host === "localhost";

/** Ports by transport: `udp 2055 4739, tcp 4739`. */
function portList(listen: readonly HostPort[]): string {
  const names = [...new Set(listen.map(({ transport = "udp" }) => transport))];
  const ports = (name: string): string =>
    listen.flatMap(({ port, transport = "udp" }) => (transport === name ? [port] : [])).join(" ");
  return names.map((name) => `${name} ${ports(name)}`).join(", ");
}

/** Where flows are received and from whom, for the ready lines. */
export function receivesText(listen: readonly HostPort[], allowed: readonly string[]): string {
  if (listen.every(isLocal)) return `${portList(listen)} from this machine (--receive opens it)`;
  const hosts = [...new Set(listen.map(({ host }) => host))];
  const parts = hosts.map((host) => {
    const every = host === "::" || host === "0.0.0.0" ? "every address" : host;
    return `${portList(listen.filter((address) => address.host === host))} on ${every}`;
  });
  const where = parts.join(", ");
  return allowed.length > 0
    ? `${where} (from ${allowed.join(", ")})`
    : `${where} (from every exporter; --allow-exporter limits it)`;
}
