import { randomUUID } from "node:crypto";
import { parseRows } from "../clickhouse/row-slices.ts";
import {
  type ServerPlace,
  SQL_LIMITS,
  type SqlBackend,
  type SqlError,
  type SqlLimits,
} from "../clickhouse/sql-client.ts";
import { StoreError } from "../errors.ts";
import { type Endpoint, endpointsOf, type ServerLogin } from "./endpoint.ts";
import { type ServerAddress, serverAddress } from "./server-address.ts";
import { ServerClient } from "./server-client.ts";
import { checkVersion, readFacts, type ServerFacts } from "../clickhouse/capabilities.ts";

export interface ServerBackendConfig extends ServerLogin, ServerPlace {
  /** Whether a server is taken that is older than what is supported. Default false. */
  readonly allowOld?: boolean | undefined;
}

/** How long a server may take to say its version. */
const VERSION_MS = 5000;
/** ClickHouse's numbers of errors at the start. */
const UNKNOWN_DATABASE = 81;
const LOGIN_ERRORS: ReadonlySet<number | undefined> = new Set([192, 193, 194, 516]);
const ACCESS_DENIED = 497;

/** Nothing is connected before `open`. @throws StoreError `store-url`. */
export function createServerBackend(config: ServerBackendConfig, limits: SqlLimits = SQL_LIMITS): SqlBackend {
  const address = serverAddress(config.url);
  return {
    server: { url: config.url, passwordFile: config.passwordFile, caFile: config.caFile },
    collector: address.collector,
    open: (owner = "nobody") => open(address, config, { limits, owner }),
    unusable: (cause) => unusable(address, cause),
  };
}

async function open(
  address: ServerAddress,
  { allowOld = false, ...login }: ServerBackendConfig,
  { limits, owner }: { readonly limits: SqlLimits; readonly owner: string },
): Promise<ServerClient> {
  const { timeoutMs } = address;
  const endpoints = await endpointsOf(address, login);
  const clientOf = (facts: ServerFacts): ServerClient =>
    new ServerClient({ endpoints, limits, timeoutMs, owner, facts });
  try {
    await refuseOld(address, login, allowOld);
    const first = clientOf({ version: "", database: address.database, has: new Set() });
    await ensureDatabase(address, login, first);
    const facts = await readFacts(first.inspect, address.cluster);
    const client = clientOf(address.policy === undefined ? facts : { ...facts, policy: address.policy });
    await client.endEarlier();
    return client;
  } catch (error) {
    await Promise.all(endpoints.map((endpoint: Endpoint) => endpoint.close()));
    throw error instanceof StoreError ? error : unusable(address, error as Error);
  }
}

/** Asks for the version without any setting that a server may not know. @throws StoreError `store-server-old` */
async function refuseOld(address: ServerAddress, login: ServerLogin, allowOld: boolean): Promise<void> {
  // The database may not be there yet.
  for (const database of [address.database, "default"]) {
    for (const endpoint of await endpointsOf({ ...address, database }, login)) {
      const signal = AbortSignal.timeout(VERSION_MS);
      const asked = { sql: "SELECT version()", id: `ngflow-version-${randomUUID()}`, settings: {}, signal };
      // What is wrong otherwise is said by the first statement that needs it.
      const version = await endpoint.send(asked).catch(() => undefined);
      await endpoint.close();
      if (version !== undefined) return checkVersion(version.toString().trim(), allowOld);
    }
  }
}

/** Makes the database if there is none. */
async function ensureDatabase(address: ServerAddress, login: ServerLogin, client: ServerClient): Promise<void> {
  try {
    parseRows(await client.read("SELECT 1"));
  } catch (error) {
    if ((error as SqlError).clickhouseCode !== UNKNOWN_DATABASE) throw error;
    const endpoints = await endpointsOf({ ...address, database: "default" }, login);
    const { limits, timeoutMs } = { limits: SQL_LIMITS, timeoutMs: address.timeoutMs };
    const maker = new ServerClient({ endpoints, limits, timeoutMs, owner: "nobody", facts: client.facts });
    const everywhere = address.cluster === undefined ? "" : ` ON CLUSTER \`${address.cluster.name}\``;
    try {
      await maker.run(`CREATE DATABASE IF NOT EXISTS ${address.database}${everywhere}`);
    } finally {
      await maker.close();
    }
  }
}

/** The error for a server that cannot be used. */
function unusable({ endpoints, user, database }: ServerAddress, cause: SqlError): StoreError {
  const { clickhouseCode } = cause;
  const reason = cause.message.split("\n")[0]!.slice(0, 300);
  if (clickhouseCode === undefined)
    return new StoreError("store-unreachable", `store: ${reason}; start the server, or check the URL of --store`, {
      cause,
    });
  const where = endpoints.join(", ");
  if (LOGIN_ERRORS.has(clickhouseCode))
    return new StoreError(
      "store-login",
      `store: ${where} refuses the user "${user}"; check the user of --store and the password` +
        " (--store-password-file, NGFLOW_STORE_PASSWORD)",
      { cause },
    );
  if (clickhouseCode === ACCESS_DENIED)
    return new StoreError("store-login", `store: the user "${user}" has too few rights in "${database}": ${reason}`, {
      cause,
    });
  return new StoreError("store-server", `store: ${where} cannot be used (${reason})`, { cause });
}
