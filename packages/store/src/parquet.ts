import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createChdbBackend } from "./chdb/backend.ts";
import { toParquet } from "./clickhouse/parquet.ts";

/**
 * Rows of an answer as a Parquet file, for a process that has no store open. It opens the embedded database in a
 * temporary directory. A process with an open store uses `Store.parquet`.
 */
export async function rowsToParquet(columns: readonly string[], rows: readonly object[]): Promise<Uint8Array> {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-engine-"));
  try {
    const client = await createChdbBackend(directory).open();
    try {
      return await toParquet(client, columns, rows);
    } finally {
      await client.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
