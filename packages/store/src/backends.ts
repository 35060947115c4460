import { createChdbBackend } from "./chdb/backend.ts";
import type { SqlBackend, SqlLimits } from "./clickhouse/sql-client.ts";
import { StoreError } from "./errors.ts";

/** Where a store is. */
export interface StorePlace {
  readonly url: URL;
  /** Directory of the database, for a backend that keeps it on this machine. */
  readonly directory: string;
}

export type BackendFactory = (place: StorePlace, limits: SqlLimits) => SqlBackend;

/** Every backend by the scheme of its URL. */
const BACKENDS: Readonly<Record<string, BackendFactory>> = {
  chdb: ({ directory }, limits) => createChdbBackend(directory, limits),
};

/** The backend for a URL. @throws StoreError `store-backend` for an unknown scheme. */
export function backendOf(url: string, directory: string, limits: SqlLimits): SqlBackend {
  const scheme = URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : "";
  const factory = new Map(Object.entries(BACKENDS)).get(scheme);
  if (factory === undefined) {
    const known = Object.keys(BACKENDS).map((name) => `${name}:`);
    throw new StoreError(
      "store-backend",
      // Not the whole URL: it may hold a password.
      `store: a URL that starts with "${scheme}:" names no known database; it has to start with ${known.join(" or ")}`,
    );
  }
  return factory({ url: new URL(url), directory }, limits);
}
