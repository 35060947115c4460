import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";
import { parseIp, isMappedIpv4 } from "@ngflow/base";
import { type Profile, PROFILE_NAMES } from "@ngflow/nodes/engine";
import { NG_NETFLOW_PORT } from "@ngflow/wire";
import { excerpt } from "./rc-conf/parse.ts";
import type { RcSources, RcVariable } from "./rc-conf/sources.ts";
import { RcError } from "./rc-subr.ts";

/** The collector's address. */
export interface CollectorAddress {
  /** 16 bytes; IPv4 as ::ffff:a.b.c.d. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Number of the interface that a link-local address belongs to, else 0. */
  readonly scope: number;
}

/** The variables of ng_netflow, checked. */
export interface NetflowSettings {
  /** Interfaces or the names of their nodes (`em0.100` or `em0_100`). */
  readonly interfaces: readonly string[];
  /** Their place: `FILE:LINE: VARIABLE`. */
  readonly interfacesAt: string;
  readonly collector: CollectorAddress;
  /** How a daemon that is started for this sees the interfaces; an extension. */
  readonly mode: Mode;
  /** Place of the mode, `FILE:LINE: VARIABLE`; undefined if it is not set. */
  readonly modeAt: string | undefined;
  /** Metering engine of a daemon that is started for this; an extension. */
  readonly profile: Profile;
  /** Place of the profile, `FILE:LINE: VARIABLE`; undefined if it is not set. */
  readonly profileAt: string | undefined;
}

/** `observe`: copies of the packets; `inline`: the nodes are between wire and kernel, as on FreeBSD. */
const MODES = ["observe", "inline"] as const;
type Mode = (typeof MODES)[number];

/** What the check depends on. */
export interface Machine {
  /** Addresses of a host name. @throws when there are none. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** Number of an interface; undefined when there is none of that name. */
  readonly interfaceIndex: (name: string) => number | undefined;
}

const DEFAULT_PORT = String(NG_NETFLOW_PORT);
const MAX_INTERFACES = 64;
const RESOLVE_AGAIN_MS = 500;
/** The kernel's longest interface name. */
const INTERFACE = /^[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,13}[A-Za-z0-9_])?$/;
export function isInterfaceName(text: string): boolean {
  return INTERFACE.test(text);
}

/** A host name (RFC 1123 §2.1); one whose last label is a number would be a damaged address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?!\d+\.?$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$/;

/**
 * The system's resolver: addresses in the system's order of preference.
 *
 * @param waitMs retry for this long: at boot, the resolver may not be ready yet.
 */
export async function resolveHost(name: string, waitMs = 0): Promise<string[]> {
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    try {
      return (await lookup(name, { all: true, order: "verbatim" })).map(({ address }) => address);
    } catch (error) {
      if (Date.now() + RESOLVE_AGAIN_MS >= deadlineMs) throw error;
      await setTimeout(RESOLVE_AGAIN_MS);
    }
  }
}

/**
 * Checks all variables before any is used; the first two in the order and with the errors of the script.
 *
 * @throws RcError naming the file and line of the variable that is wrong.
 */
export async function readSettings(
  variables: ReadonlyMap<string, RcVariable>,
  sources: RcSources,
  machine: Machine,
): Promise<NetflowSettings> {
  const interfaces = required("ng_netflow_interface", "em0", variables, sources);
  const address = required("ng_netflow_collect_addr", "ADDRESS", variables, sources);
  const port = variables.get("ng_netflow_collect_port");
  const mode = variables.get("ng_netflow_mode");
  const profile = variables.get("ng_netflow_profile");
  // The address is last, because resolving it may take long.
  const checked = {
    interfaces: interfaceList(interfaces),
    interfacesAt: `${interfaces.file}:${interfaces.line}: ng_netflow_interface`,
    mode: choiceOf("mode", MODES, mode),
    modeAt: mode && `${mode.file}:${mode.line}: ng_netflow_mode`,
    profile: choiceOf("profile", PROFILE_NAMES, profile),
    profileAt: profile && `${profile.file}:${profile.line}: ng_netflow_profile`,
  };
  const collectorPort = portNumber(port);
  return { ...checked, collector: { ...(await collectorAddress(address, machine)), port: collectorPort } };
}

function required(
  name: string,
  example: string,
  variables: ReadonlyMap<string, RcVariable>,
  sources: RcSources,
): RcVariable {
  const variable = variables.get(name);
  if (variable !== undefined && variable.value !== "") return variable;
  const where = variable === undefined ? `${sources.main}: it is not set` : `${variable.file}:${variable.line}: empty`;
  throw new RcError(`You must specify $${name}. (${where}; ngflow sysrc ${name}=${example})`);
}

function wrong(name: string, variable: RcVariable, what: string): RcError {
  return new RcError(`${variable.file}:${variable.line}: ng_netflow_${name}: ${what}`);
}

/** A value in a message: on one line, short, and harmless to a terminal. */
function quoted(value: string): string {
  return JSON.stringify(excerpt(value));
}

function interfaceList(variable: RcVariable): string[] {
  const names = variable.value.split(/[ \t]+/).filter((name) => name !== "");
  if (names.length === 0) throw wrong("interface", variable, "names no interface");
  if (names.length > MAX_INTERFACES) throw wrong("interface", variable, `more than ${MAX_INTERFACES} interfaces`);
  for (const [at, name] of names.entries()) {
    if (!isInterfaceName(name)) throw wrong("interface", variable, `${quoted(name)} is not the name of an interface`);
    if (names.indexOf(name) !== at) throw wrong("interface", variable, `${name} is named twice`);
  }
  return names;
}

function portNumber(variable: RcVariable | undefined): number {
  const text = variable?.value ?? DEFAULT_PORT;
  const port = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && port >= 1 && port <= 65535) return port;
  const what =
    text === "" ? `it is empty; remove it for ${DEFAULT_PORT}` : `${quoted(text)} is no number from 1 to 65535`;
  throw wrong("collect_port", variable!, what);
}

/** One of the choices; the first if the variable is not set. */
function choiceOf<T extends string>(name: string, choices: readonly T[], variable: RcVariable | undefined): T {
  const choice = choices.find((each) => each === (variable?.value ?? choices[0]));
  if (choice !== undefined) return choice;
  throw wrong(name, variable!, `${quoted(variable!.value)} is neither ${choices.join(" nor ")}`);
}

async function collectorAddress(variable: RcVariable, machine: Machine): Promise<Omit<CollectorAddress, "port">> {
  const text = variable.value;
  const refuse = (what: string): RcError => wrong("collect_addr", variable, what);
  const zone = /^([^%]+)%(.+)$/.exec(text);
  const scope = zone === null ? 0 : machine.interfaceIndex(zone[2]!);
  const bytes = parseIp(zone?.[1] ?? text) ?? (await named(text, machine, refuse));
  if (scope === undefined) throw refuse(`no such interface: ${quoted(zone![2]!)}`);
  const isV4 = isMappedIpv4(bytes);
  if (scope !== 0 && !isLinkLocal(bytes)) throw refuse(`${quoted(text)}: only a link-local address has an interface`);
  if (scope === 0 && isLinkLocal(bytes)) throw refuse(`${quoted(text)} needs its interface: ${text}%em0`);
  const significant = isV4 ? bytes.subarray(12) : bytes;
  if (significant.every((byte) => byte === 0)) throw refuse(`${quoted(text)} is not the address of a host`);
  if (isV4 && significant.every((byte) => byte === 255)) throw refuse(`${quoted(text)} is the address of every host`);
  return { address: bytes, scope };
}

function isLinkLocal(bytes: Uint8Array): boolean {
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

async function named(text: string, machine: Machine, refuse: (what: string) => RcError): Promise<Uint8Array> {
  if (!HOST_NAME.test(text)) throw refuse(`${quoted(text)} is neither an address nor a host name`);
  let addresses: readonly string[];
  try {
    addresses = await machine.resolve(text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(`the host name ${text} has no address (${code ?? message}); check it, or give the address`);
  }
  const bytes = addresses.map(parseIp).find((each) => each !== undefined);
  if (bytes === undefined) throw refuse(`the host name ${text} has no address`);
  return bytes;
}
