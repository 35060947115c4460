import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import type { Session, User, Varbind } from "net-snmp";
import { nameText } from "../text.ts";
import type { SnmpAccess } from "./snmp-settings.ts";

/** Most interfaces of an agent; what it has more is left out, and counted. */
export const MAX_INTERFACES = 4096;
/** Time for one request, tried twice, and for all of an agent. */
const REQUEST_MS = 2000;
const POLL_MS = 30_000;
/** Rows of a table in one answer. */
const REPETITIONS = 25;

/** SNMPv2-MIB. */
const SYS_NAME = "1.3.6.1.2.1.1.5.0";
/** Columns of the tables of interfaces: IF-MIB, RFC 2863. */
const COLUMNS = {
  ifDescr: "1.3.6.1.2.1.2.2.1.2",
  ifName: "1.3.6.1.2.1.31.1.1.1.1",
  ifAlias: "1.3.6.1.2.1.31.1.1.1.18",
  /** Bits a second, 2^32 - 1 for more. */
  ifSpeed: "1.3.6.1.2.1.2.2.1.5",
  /** Millions of bits a second. */
  ifHighSpeed: "1.3.6.1.2.1.31.1.1.1.15",
} as const;

/** An interface as its agent describes it; texts are empty where it has none. */
export interface AgentInterface {
  /** ifName; ifDescr where there is none. */
  readonly name: string;
  /** ifDescr. */
  readonly description: string;
  readonly alias: string;
  /** Bits a second; 0 where the agent does not know. */
  readonly speedBps: number;
}

/** What an agent answered. */
export interface AgentAnswer {
  readonly systemName: string;
  /** By ifIndex. */
  readonly interfaces: ReadonlyMap<number, AgentInterface>;
  /** It has more interfaces than are read. */
  readonly isCut: boolean;
}

type Library = typeof import("net-snmp");

class LateAnswer extends Error {}

/** Whether an agent did not answer in time; it may be that it does not take the community or the user. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof LateAnswer || (error instanceof Error && error.name === "RequestTimedOutError");

/**
 * Asks the agent of an exporter for its name and its interfaces. What it asks and how long is bounded.
 * @throws Error when it does not answer, refuses, or a secret cannot be read
 */
export async function pollAgent(exporter: string, access: SnmpAccess): Promise<AgentAnswer> {
  const { default: snmp } = await import("net-snmp");
  const session = await open(snmp, exporter, access);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LateAnswer(`no complete answer in ${POLL_MS / 1000} s`)), POLL_MS);
  });
  try {
    return await Promise.race([read(snmp, session), late]);
  } finally {
    clearTimeout(timer);
    session.close();
  }
}

async function open(snmp: Library, exporter: string, { address = exporter, port, security }: SnmpAccess) {
  const common = {
    port,
    timeout: REQUEST_MS,
    retries: 1,
    transport: isIPv6(address) ? ("udp6" as const) : ("udp4" as const),
  };
  const session =
    security.version === "2c"
      ? snmp.createSession(address, await secret(security.communityFile), { ...common, version: snmp.Version2c })
      : snmp.createV3Session(address, await userOf(snmp, security), { ...common, version: snmp.Version3 });
  session.on("error", () => {
    // Each request reports it, too.
  });
  return session;
}

async function userOf(
  snmp: Library,
  { user, auth, privacy }: Extract<SnmpAccess["security"], { version: "3" }>,
): Promise<User> {
  const level =
    auth === undefined
      ? snmp.SecurityLevel.noAuthNoPriv
      : privacy === undefined
        ? snmp.SecurityLevel.authNoPriv
        : snmp.SecurityLevel.authPriv;
  return {
    name: user,
    level,
    ...(auth !== undefined && {
      authProtocol: snmp.AuthProtocols[auth.protocol],
      authKey: await secret(auth.file),
    }),
    ...(privacy !== undefined && {
      privProtocol: snmp.PrivProtocols[privacy.protocol],
      privKey: await secret(privacy.file),
    }),
  };
}

async function secret(path: string): Promise<string> {
  const text = (await readFile(path, "utf8")).replace(/\r?\n$/, "");
  if (text === "") throw new Error(`${path} is empty`);
  return text;
}

async function read(snmp: Library, session: Session): Promise<AgentAnswer> {
  const systemName = await new Promise<string>((resolve, reject) => {
    session.get([SYS_NAME], (error, varbinds) => {
      if (error !== null) reject(error);
      else resolve(snmp.isVarbindError(varbinds![0]!) ? "" : textOf(varbinds![0]!.value));
    });
  });
  const columns = {} as Record<keyof typeof COLUMNS, ReadonlyMap<number, unknown>>;
  let isCut = false;
  for (const [name, oid] of Object.entries(COLUMNS) as [keyof typeof COLUMNS, string][]) {
    const column = await columnOf(snmp, session, oid);
    columns[name] = column.values;
    isCut ||= column.isCut;
  }
  const interfaces = new Map<number, AgentInterface>();
  for (const index of new Set([...columns.ifDescr.keys(), ...columns.ifName.keys()])) {
    if (interfaces.size >= MAX_INTERFACES) break;
    const text = (column: ReadonlyMap<number, unknown>): string => textOf(column.get(index));
    const description = text(columns.ifDescr);
    interfaces.set(index, {
      name: text(columns.ifName) || description,
      description,
      alias: text(columns.ifAlias),
      speedBps: numberOf(columns.ifHighSpeed.get(index)) * 1e6 || numberOf(columns.ifSpeed.get(index)),
    });
  }
  return { systemName, interfaces, isCut };
}

/** A column of a table, by index of its rows. An agent that does not have it has no rows. */
function columnOf(
  snmp: Library,
  session: Session,
  oid: string,
): Promise<{ readonly values: ReadonlyMap<number, unknown>; readonly isCut: boolean }> {
  const values = new Map<number, unknown>();
  let answers = 0;
  let isCut = false;
  const feed = (varbinds: Varbind[]): true | undefined => {
    for (const varbind of varbinds) {
      if (snmp.isVarbindError(varbind)) return true;
      const index = Number(varbind.oid.slice(oid.length + 1));
      if (Number.isInteger(index) && index >= 0 && index <= 0xffff_ffff) values.set(index, varbind.value);
    }
    // An agent whose rows never end repeats them.
    answers += varbinds.length;
    isCut = answers > MAX_INTERFACES;
    return isCut ? true : undefined;
  };
  return new Promise((resolve, reject) => {
    session.subtree(oid, REPETITIONS, feed as (varbinds: Varbind[]) => void, (error) => {
      if (error) reject(error);
      else resolve({ values, isCut });
    });
  });
}

function textOf(value: unknown): string {
  return nameText(Buffer.isBuffer(value) ? value.toString("utf8") : "");
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
