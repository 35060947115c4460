import type { RowsByDay } from "../ledger/ledger.ts";
import { type BlockFile, checkBlockFile } from "../spool/block-file.ts";
import type { BlockBackend } from "../spool/ingester-types.ts";

/** Inserts block files as an ingester does: after they were checked. */
export function insertInto(backend: BlockBackend): (block: BlockFile, maybeStored: boolean) => Promise<RowsByDay> {
  return async (block, maybeStored) => {
    const range = await checkBlockFile(block);
    if (typeof range === "string") throw new Error(range);
    return backend.insertBlock(block, range, maybeStored);
  };
}
