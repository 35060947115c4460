import { createChdbBackend } from "./chdb/backend.ts";
import { createServerBackend } from "./clickhouse-http/backend.ts";
import type { ServerLogin } from "./clickhouse-http/endpoint.ts";
import { SERVER_SCHEMES } from "./clickhouse-http/server-address.ts";
import type { SqlBackend, SqlLimits } from "./clickhouse/sql-client.ts";
import { StoreError } from "./errors.ts";

/** Where a store is. */
export interface StorePlace extends ServerLogin {
  readonly url: string;
  /** Directory of the database, for a backend that keeps it on this machine. */
  readonly directory: string;
  /** Whether a server is taken that is older than what is supported. Default false. */
  readonly allowOld?: boolean | undefined;
}

export type BackendFactory = (place: StorePlace, limits: SqlLimits) => SqlBackend;

/** Every backend by the scheme of its URL. */
const BACKENDS: Readonly<Record<string, BackendFactory>> = {
  chdb: ({ directory }, limits) => createChdbBackend(directory, limits),
  ...Object.fromEntries(SERVER_SCHEMES.map((scheme) => [scheme, createServerBackend])),
};

/** The backend of a place. @throws StoreError `store-backend` for an unknown scheme, `store-url`. */
export function backendOf(place: StorePlace, limits: SqlLimits): SqlBackend {
  const scheme = /^([a-z+]+):/i.exec(place.url)?.[1]?.toLowerCase() ?? "";
  const factory = new Map(Object.entries(BACKENDS)).get(scheme);
  if (factory === undefined) {
    const known = Object.keys(BACKENDS).map((name) => `${name}:`);
    throw new StoreError(
      "store-backend",
      // Not the whole URL: it may hold a password.
      `store: a URL that starts with "${scheme}:" names no known database; it has to start with ${known.join(" or ")}`,
    );
  }
  return factory(place, limits);
}
