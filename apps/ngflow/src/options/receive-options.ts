import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option } from "commander";
import type { CollectorConfig } from "@ngflow/collector";
import { elementsOption, useElements } from "./elements-file.ts";
import { OptionsError } from "./errors.ts";
import {
  allowExporterOption,
  clockLimitMs,
  clockLimitOption,
  extraOption,
  extraRowBytes,
  listenAddresses,
  listenOption,
  type ListenOptions,
  MAX_RECEIVERS,
  templateLifetimeOption,
} from "./listen-options.ts";
import { interfaceNameOptions, snmpFiles } from "./interface-name-options.ts";
import { collect, type HostPort, listenText } from "./options.ts";

/** Options of `tls://` addresses. */
export interface TlsFiles {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsClient?: string | undefined;
  readonly tlsName?: readonly string[] | undefined;
  readonly tlsMaxVersion?: (typeof TLS_VERSIONS)[number] | undefined;
}

/** Options of the commands that run a collector. */
export interface ReceiveOptions extends ListenOptions, TlsFiles {
  readonly proxyFrom?: readonly string[] | undefined;
  readonly session?: string | undefined;
  readonly exporterRate?: number | undefined;
  readonly receivers?: number | "auto" | undefined;
  /** A file of elements. */
  readonly elements?: string | undefined;
  /** Files, or their addresses, that say what addresses are. */
  readonly networks?: string | undefined;
  readonly mmdb?: readonly string[] | undefined;
  /** A file of SNMP agents, and one of rules for interfaces. */
  readonly snmp?: string | undefined;
  readonly interfaceRules?: string | undefined;
}

/** What they say to the collector. */
export type ReceiveSettings = Pick<
  CollectorConfig,
  "tls" | "clockLimitMs" | "templateLifetimeMs" | "extraRowBytes" | "proxies" | "sessionBy" | "exporterRate"
> & {
  readonly listen: readonly HostPort[];
  /** Addresses and prefixes that may send; empty for all. */
  readonly allowExporters: readonly string[];
  readonly receivers: number;
  /** The file of elements, which this process knows already. */
  readonly elements: string | undefined;
  /** A file of networks, and MMDB files; or their addresses. */
  readonly networks: string | undefined;
  readonly mmdb: readonly string[];
  /** A file of SNMP agents, and one of rules for interfaces. */
  readonly snmp: string | undefined;
  readonly interfaceRules: string | undefined;
};

const TLS_CLIENTS = ["optional", "required"] as const;
export const TLS_VERSIONS = ["1.2", "1.3"] as const;

/** The files of `tls://` addresses. */
export const tlsOptions = (): Option[] => [
  new Option("--tls-cert <file>", "certificate of tls:// addresses, PEM, followed by those that lead to its authority"),
  new Option("--tls-key <file>", "key of that certificate, PEM"),
  new Option("--tls-ca <file>", "authorities of client certificates, PEM: exporters need a certificate"),
  new Option("--tls-client <need>", "with --tls-ca: whether exporters need a certificate (default: required)").choices(
    TLS_CLIENTS,
  ),
  new Option(
    "--tls-name <name>",
    "with --tls-ca: DNS name, *.DOMAIN or address of which exporters' certificates must have one (repeatable)",
  ).argParser(collect),
  new Option(
    "--tls-max-version <version>",
    "latest version of TLS; with 1.3, exporters that never read lose their last messages (default: 1.2)",
  ).choices(TLS_VERSIONS),
];

/** All options of receiving, but `--receive`. */
export const receiveOptions = (): Option[] => [
  listenOption(),
  allowExporterOption(),
  clockLimitOption(),
  templateLifetimeOption(),
  new Option(
    "--proxy-from <cidr>",
    "address or prefix of proxies that send a PROXY v2 header with the exporter's address (repeatable)",
  ).argParser(collect),
  new Option(
    "--session <by>",
    "keep templates over UDP per source port, or per address for devices that send from several (default: port)",
  ).choices(["port", "address"]),
  new Option("--exporter-rate <records>", "most records a second of one exporter (default: no limit)").argParser(
    parseRate,
  ),
  new Option(
    "--receivers <n>",
    `threads that receive datagrams, 1 to ${MAX_RECEIVERS}, or auto for one for every ${CORES_PER_RECEIVER} cores (default: 1)`,
  ).argParser(parseReceivers),
  elementsOption(),
  new Option(
    "--networks <file>",
    "CSV, YAML or JSON file, or its URL, of networks: cidr, name, site, role, region, tenant",
  ),
  new Option(
    "--mmdb <file>",
    "MMDB file, or its URL, with AS, country or city of addresses (repeatable; the first that knows one wins)",
  ).argParser(collect),
  ...interfaceNameOptions(),
  extraOption(),
  ...tlsOptions(),
];

/** One receives several times as many datagrams as the thread that decodes takes: more need cores that others leave. */
const CORES_PER_RECEIVER = 4;
const MAX_RATE = 1e9;

function parseRate(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_RATE) return Number(text);
  throw new InvalidArgumentError(`give whole records a second, from 1 to ${MAX_RATE}`);
}

function parseReceivers(text: string): number | "auto" {
  if (text === "auto") return text;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_RECEIVERS) return count;
  throw new InvalidArgumentError(`give whole threads from 1 to ${MAX_RECEIVERS}, or auto`);
}

/** The receivers of the option. */
function receiverCount({ receivers = 1 }: ReceiveOptions): number {
  if (receivers !== "auto") return receivers;
  return Math.min(MAX_RECEIVERS, Math.max(1, Math.floor(availableParallelism() / CORES_PER_RECEIVER)));
}

/** @throws OptionsError, InvalidArgumentError */
export function receiveSettings(options: ReceiveOptions, usual?: readonly HostPort[]): ReceiveSettings {
  const listen = listenAddresses(options, usual);
  useElements(options.elements);
  const tls = tlsSettings(options, listen);
  return {
    listen,
    allowExporters: options.allowExporter ?? [],
    clockLimitMs: clockLimitMs(options),
    extraRowBytes: extraRowBytes(options),
    templateLifetimeMs: 1000 * (options.templateLifetime ?? 0),
    proxies: options.proxyFrom ?? [],
    sessionBy: options.session === "address" ? "address" : "port",
    exporterRate: options.exporterRate ?? 0,
    receivers: receiverCount(options),
    elements: options.elements,
    networks: options.networks,
    mmdb: options.mmdb ?? [],
    snmp: options.snmp,
    interfaceRules: options.interfaceRules,
    ...(tls !== undefined && { tls }),
  };
}

/** @throws OptionsError when files and addresses do not fit together. */
export function tlsSettings(
  { tlsCert, tlsKey, tlsCa, tlsClient, tlsName, tlsMaxVersion }: TlsFiles,
  listen: readonly HostPort[],
): CollectorConfig["tls"] {
  if (!listen.some(({ transport }) => transport === "tls")) {
    if ((tlsCert ?? tlsKey ?? tlsCa ?? tlsClient ?? tlsName ?? tlsMaxVersion) === undefined) return undefined;
    throw new OptionsError("usage", "the --tls options need an address --listen tls://HOST:PORT");
  }
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new OptionsError("usage", "--listen tls:// needs --tls-cert FILE and --tls-key FILE");
  }
  if (tlsClient !== undefined && tlsCa === undefined) {
    throw new OptionsError("usage", "--tls-client needs --tls-ca FILE: the authorities of the certificates");
  }
  if (tlsName !== undefined && tlsCa === undefined) {
    throw new OptionsError("usage", "--tls-name needs --tls-ca FILE: the authorities of the certificates");
  }
  const client = tlsCa === undefined ? "none" : tlsClient === "optional" ? "optional" : "required";
  return { certFile: tlsCert, keyFile: tlsKey, caFile: tlsCa, client, names: tlsName, maxVersion: tlsMaxVersion };
}

/** The files that the collector reads, for the rights that a daemon keeps. */
export function receiveFiles({
  tls,
  elements,
  networks,
  mmdb,
  snmp,
  interfaceRules,
}: ReceiveSettings): (string | undefined)[] {
  const names = [networks, ...mmdb, interfaceRules, ...snmpFiles(snmp)];
  const found = names.filter((from) => from !== undefined && existsSync(from));
  return [...found, elements, tls?.certFile, tls?.keyFile, tls?.caFile];
}

/** The settings as options of `ngflow collect`. */
export function receiveArgs(settings: ReceiveSettings): string[] {
  const {
    listen,
    allowExporters,
    clockLimitMs,
    templateLifetimeMs,
    extraRowBytes,
    proxies = [],
    sessionBy,
    exporterRate,
    receivers,
    elements,
    networks,
    mmdb,
    snmp,
    interfaceRules,
    tls,
  } = settings;
  const option = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  const seconds = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : String(ms / 1000));
  return [
    ...listen.flatMap((address) => ["--listen", listenText(address)]),
    ...allowExporters.flatMap((prefix) => ["--allow-exporter", prefix]),
    ...option("--clock-limit", seconds(clockLimitMs)),
    ...option("--template-lifetime", seconds(templateLifetimeMs)),
    ...proxies.flatMap((prefix) => ["--proxy-from", prefix]),
    ...option("--session", sessionBy),
    ...option("--exporter-rate", exporterRate === undefined || exporterRate === 0 ? undefined : String(exporterRate)),
    ...option("--receivers", receivers === 1 ? undefined : String(receivers)),
    ...option("--elements", elements),
    ...option("--networks", networks),
    ...mmdb.flatMap((from) => ["--mmdb", from]),
    ...option("--snmp", snmp),
    ...option("--interface-rules", interfaceRules),
    ...option("--extra", extraRowBytes === 0 ? "off" : extraRowBytes?.toString()),
    ...option("--tls-cert", tls?.certFile),
    ...option("--tls-key", tls?.keyFile),
    ...option("--tls-ca", tls?.caFile),
    ...option("--tls-client", tls === undefined || tls.client === "none" ? undefined : tls.client),
    ...(tls?.names ?? []).flatMap((name) => ["--tls-name", name]),
    ...option("--tls-max-version", tls?.maxVersion),
  ];
}
