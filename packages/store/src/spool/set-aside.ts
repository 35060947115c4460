import { rm } from "node:fs/promises";
import { listDamaged } from "./block-file.ts";

/** Removes blocks that were set aside and were made before a time. Returns how many. @throws the system's error. */
export async function dropSetAside(spoolDirectory: string, beforeMs: number): Promise<number> {
  const old = (await listDamaged(spoolDirectory)).filter(({ name }) => name.madeMs < beforeMs);
  for (const { file } of old) await rm(file, { force: true });
  return old.length;
}
