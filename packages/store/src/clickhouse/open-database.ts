import path from "node:path";
import { StoreError } from "../errors.ts";
import { Ledger } from "../ledger/ledger.ts";
import { newPlaceId, readPlace, removePlace, type SavedPlace, savePlace } from "../store-place.ts";
import type { StoreLock } from "../store.ts";
import { claim } from "./claim.ts";
import type { ClickHouseStoreConfig } from "./config.ts";
import type { SqlBackend, SqlClient } from "./sql-client.ts";

/** A database that this process alone writes to for its data directory. */
export interface OpenDatabase {
  readonly client: SqlClient;
  /** Id of the data directory; "" in the embedded database. */
  readonly id: string;
  close(): Promise<void>;
}

/**
 * Opens the database of a data directory. The embedded one is locked by its engine; for a server, `lock` keeps other
 * processes of the data directory away, and a row in the database those of other directories.
 *
 * @throws StoreError; SqlError.
 */
export async function openDatabase(
  { ledgerFile, takeOver = false }: ClickHouseStoreConfig,
  backend: SqlBackend,
  lock?: StoreLock,
): Promise<OpenDatabase> {
  const dataDirectory = path.dirname(ledgerFile);
  const saved = readPlace(dataDirectory);
  const { server } = backend;
  if (server === undefined) {
    if (saved !== undefined)
      throw new StoreError(
        "store-moved",
        `store: the flows of ${dataDirectory} are in ${saved.url}; leave --store out`,
      );
    const client = await backend.open();
    return { client, id: "", close: () => client.close() };
  }
  const held = lock?.(dataDirectory);
  const id = saved?.id ?? newPlaceId();
  const { url, passwordFile, caFile } = server;
  const place: SavedPlace = { url, id, passwordFile, caFile };
  let client: SqlClient | undefined;
  try {
    client = await backend.open(id);
    const { ledger } = await Ledger.open(ledgerFile);
    // First the id, so that after a crash the database does not belong to one that nobody has.
    if (saved === undefined) await savePlace(dataDirectory, place);
    const hasRows = ledger.days().size > 0;
    await claim(client, id, { hasRows, takeOver, collector: backend.collector }).catch(async (error: unknown) => {
      if (saved === undefined) await removePlace(dataDirectory);
      throw error;
    });
    if (saved !== undefined && JSON.stringify(saved) !== JSON.stringify(place)) await savePlace(dataDirectory, place);
  } catch (error) {
    await client?.close();
    held?.release();
    throw error;
  }
  const opened = client;
  return {
    client: opened,
    id,
    async close() {
      await opened.close();
      held?.release();
    },
  };
}
