import { CLUSTER_NAME, type ClusterConfig } from "../clickhouse/cluster.ts";
import { COLLECTOR_NAME } from "../clickhouse/collector-tables.ts";
import { StoreError } from "../errors.ts";

/** Where a ClickHouse server is, and how it is talked to. */
export interface ServerAddress {
  /** `http://host:port` of each server that has the same tables; the first that answers is used. */
  readonly endpoints: readonly string[];
  readonly user: string;
  readonly database: string;
  /** Whether blocks and answers are compressed on the way. */
  readonly compress: boolean;
  /** Longest time that the server may take for an insert or a question of the store itself, in milliseconds. */
  readonly timeoutMs: number;
  /** The cluster that the tables are spread over; absent for one server. */
  readonly cluster?: ClusterConfig | undefined;
  /** The storage policy of the tables; absent for that which they have. */
  readonly policy?: string | undefined;
  /** Name of the collector whose tables these are; "" for the one without a name. */
  readonly collector: string;
}

/** Schemes of URLs, with the protocol and the port of each (ClickHouse's `http_port` and `https_port`). */
const SCHEMES: Readonly<Record<string, { readonly protocol: string; readonly port: number }>> = {
  clickhouse: { protocol: "http", port: 8123 },
  "clickhouse+https": { protocol: "https", port: 8443 },
};

export const SERVER_SCHEMES = Object.keys(SCHEMES);

const URL_FORM = /^([a-z+]+):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(?:\/([^/?#]*))?\/?(?:\?([^#]*))?$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const ENDPOINTS_MAX = 16;
const TIMEOUT_MAX_S = 3600;
const DEFAULT_TIMEOUT_S = 60;

/**
 * Reads `clickhouse://[user@]host[:port][,host[:port]…][/database][?PARAMETER=VALUE[&…]]`, or the same with
 * `clickhouse+https`. Parameters: `compress=gzip`, `timeout=seconds`, `cluster=name`, `shard-by=flow|exporter`,
 * `collector=name`, `policy=name`.
 *
 * @throws StoreError `store-url`; its message has no part of a password.
 */
export function serverAddress(url: string): ServerAddress {
  const [, scheme = "", login = "default", hosts = "", database = "", query = ""] = URL_FORM.exec(url) ?? [];
  const known = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (known === undefined || hosts === "")
    throw wrong("it has the form clickhouse://USER@HOST:8123/DATABASE, or clickhouse+https:// for TLS");
  if (login.includes(":"))
    throw wrong("a password does not belong in it; put it into --store-password-file or NGFLOW_STORE_PASSWORD");
  if (database !== "" && !NAME.test(database)) throw wrong("its database is no name of letters, digits and _");
  const names = hosts.split(",");
  if (names.length > ENDPOINTS_MAX) throw wrong(`it has more than ${ENDPOINTS_MAX} hosts`);
  return {
    endpoints: names.map((host) => endpointOf(host, known.protocol, known.port)),
    user: decoded(login),
    database: database === "" ? "ngflow" : database,
    ...parametersOf(new URLSearchParams(query)),
  };
}

function endpointOf(host: string, protocol: string, port: number): string {
  // The default port of the protocol is not in a parsed URL.
  const isPortGiven = /:\d+$/.test(host);
  const text = `${protocol}://${isPortGiven ? host : `${host}:${port}`}`;
  if (host === "" || !URL.canParse(text) || new URL(text).hostname === "") throw wrong(`"${host}" is no host`);
  return text;
}

function parametersOf(
  parameters: URLSearchParams,
): Pick<ServerAddress, "compress" | "timeoutMs" | "cluster" | "collector" | "policy"> {
  let compress = false;
  let seconds = DEFAULT_TIMEOUT_S;
  let name: string | undefined;
  let shardBy: ClusterConfig["shardBy"] | undefined;
  let collector = "";
  let policy: string | undefined;
  for (const [key, value] of parameters) {
    if (key === "compress" && (value === "gzip" || value === "off")) compress = value === "gzip";
    else if (key === "timeout" && /^\d{1,4}$/.test(value) && Number(value) >= 1 && Number(value) <= TIMEOUT_MAX_S)
      seconds = Number(value);
    else if (key === "cluster" && CLUSTER_NAME.test(value)) name = value;
    else if (key === "shard-by" && (value === "flow" || value === "exporter")) shardBy = value;
    else if (key === "collector" && COLLECTOR_NAME.test(value)) collector = value;
    else if (key === "policy" && CLUSTER_NAME.test(value)) policy = value;
    else if (key === "policy") throw wrong("policy is a name of letters, digits, dots, _ and -");
    else if (key === "collector") throw wrong("collector is a name of at most 32 lower-case letters and digits");
    else if (key === "cluster") throw wrong("cluster is a name of letters, digits, dots, _ and -");
    else if (key === "shard-by") throw wrong("shard-by is flow or exporter");
    else if (key === "compress") throw wrong("compress is gzip or off");
    else if (key === "timeout") throw wrong(`timeout is 1 to ${TIMEOUT_MAX_S} seconds`);
    else
      throw wrong(
        `"${key}" is no parameter of it; there are compress, timeout, cluster, shard-by, collector and policy`,
      );
  }
  if (name === undefined && shardBy !== undefined) throw wrong("shard-by needs cluster");
  const cluster = name === undefined ? undefined : { name, shardBy: shardBy ?? "flow" };
  return { compress, timeoutMs: seconds * 1000, cluster, collector, policy };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("its user is not written as a part of a URL");
  }
}

function wrong(reason: string): StoreError {
  return new StoreError("store-url", `store: the URL of the store cannot be used: ${reason}`);
}
