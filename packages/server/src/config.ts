import type { LoginHeader } from "./access/login-header.ts";

/** What HTTPS needs. */
export interface TlsFiles {
  /** The certificate and those that lead from it to an authority, PEM. */
  readonly cert: string;
  /** Its private key, PEM. */
  readonly key: string;
}

/** Settings of the HTTP server. An operator sets `host`, `port` and `staticDir`; the rest are limits. */
export interface ServerConfig {
  /** Address to bind, for example `127.0.0.1` or `::`. */
  readonly host: string;
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** Folder of the built console; null serves the API alone. */
  readonly staticDir: string | null;
  /**
   * The secret that every request has to carry, as `Authorization: Bearer TOKEN` or in a cookie: 16 or more printable
   * ASCII characters without a space. Null asks for none. Default null.
   */
  readonly token?: string | null;
  /** The token of commands of the daemon's own user on this machine. Default null. */
  readonly ownToken?: string | null;
  /** The header in which a proxy names the reader. Default null. */
  readonly loginHeader?: LoginHeader | null;
  /** Certificate chain and private key, both PEM, for HTTPS; null serves plain HTTP. Default null. */
  readonly tls?: TlsFiles | null;
  /** True serves other machines without asking who reads: all who reach the address see every flow. Default false. */
  readonly allowInsecure?: boolean;
  /** Host names served besides the loopback ones and the address of the connection, such as that of a proxy. */
  readonly allowedHosts?: readonly string[];
  /**
   * Path at which a proxy serves the console, such as `/ngflow`; empty for the root. Requests may come with it or, from
   * a proxy that takes it away, without. Default empty.
   */
  readonly basePath?: string;
  /** Connections at once; at the bound, the one that has been idle longest gives way. Default 1,024. */
  readonly maxConnections?: number;
  /** Connections from one address of another machine (of IPv6: from one /64). Default 128. */
  readonly maxConnectionsPerAddress?: number;
  /** Of the connections, those kept for this machine and for `/metrics`, `/healthz` and `/readyz`. Default 64. */
  readonly reservedConnections?: number;
  /** Longest time until the headers of a request are complete. Default 5 s. */
  readonly headersTimeoutMs?: number;
  /** Longest time in which a client takes an answer; then it is cut. Default 60 s. */
  readonly answerTimeoutMs?: number;
  /** Bytes of answers of the store that are running or not sent yet; further queries wait. Default 64 MiB. */
  readonly maxAnswerBytes?: number;
  /** A query times out for its caller after this time. Default 30 s. */
  readonly queryTimeoutMs?: number;
  /** Queries that run at once: as many as the embedded database runs. Default 2. */
  readonly maxRunningQueries?: number;
  /** Queries that wait for a turn; the next one is refused with 429. Default 32. */
  readonly maxWaitingQueries?: number;
  /** Event stream clients; the next one is refused with 503. Default 64. */
  readonly maxEventClients?: number;
  /** Bytes that may wait for a slow event stream client before it is dropped. Default 1 MiB. */
  readonly maxEventBacklogBytes?: number;
  /** Time between two samples of the event stream. Default 1 s. */
  readonly sampleIntervalMs?: number;
}

/** Who may use a server: the settings that may change while it runs. */
export type AccessConfig = Required<Pick<ServerConfig, "token" | "allowInsecure" | "allowedHosts" | "loginHeader">>;

/** The settings with every default filled in. */
export type ResolvedServerConfig = Required<ServerConfig>;

/** Fills in the defaults. */
export function resolveServerConfig(config: ServerConfig): ResolvedServerConfig {
  return {
    host: config.host,
    port: config.port,
    staticDir: config.staticDir,
    token: config.token ?? null,
    ownToken: config.ownToken ?? null,
    loginHeader: config.loginHeader ?? null,
    tls: config.tls ?? null,
    allowInsecure: config.allowInsecure ?? false,
    allowedHosts: config.allowedHosts ?? [],
    basePath: config.basePath ?? "",
    maxConnections: config.maxConnections ?? 1024,
    maxConnectionsPerAddress: config.maxConnectionsPerAddress ?? 128,
    reservedConnections: config.reservedConnections ?? 64,
    headersTimeoutMs: config.headersTimeoutMs ?? 5000,
    answerTimeoutMs: config.answerTimeoutMs ?? 60_000,
    maxAnswerBytes: config.maxAnswerBytes ?? 64 * 1_048_576,
    queryTimeoutMs: config.queryTimeoutMs ?? 30_000,
    maxRunningQueries: config.maxRunningQueries ?? 2,
    maxWaitingQueries: config.maxWaitingQueries ?? 32,
    maxEventClients: config.maxEventClients ?? 64,
    maxEventBacklogBytes: config.maxEventBacklogBytes ?? 1_048_576,
    sampleIntervalMs: config.sampleIntervalMs ?? 1000,
  };
}
