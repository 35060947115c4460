import type { Store, StoreConfig, StoreDeps } from "@ngflow/store";
import { storePassword } from "../options/database-options.ts";

/**
 * The store of a data directory for a command: it drops nothing, and takes blocks only where that is asked for. The
 * database is that which the daemon used last.
 */
export async function commandStore(
  directory: string,
  { ingest = false }: Pick<StoreConfig, "ingest"> = {},
  deps: StoreDeps = {},
): Promise<Store> {
  const { createStore } = await import("@ngflow/store");
  const { lockStore } = await import("./lock-store.ts");
  return createStore({ directory, drop: false, ingest, ...storePassword() }, { lock: lockStore, ...deps });
}
