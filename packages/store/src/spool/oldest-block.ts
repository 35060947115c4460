import { readdir } from "node:fs/promises";
import { parseBlockName } from "./block-name.ts";

/** When the oldest block was made that waits in a spool, Unix milliseconds; null if none waits. */
export async function oldestBlockMs(spoolDirectory: string): Promise<number | null> {
  const names = await readdir(spoolDirectory).catch(() => []);
  let oldest: number | null = null;
  for (const name of names) {
    const made = parseBlockName(name)?.madeMs;
    if (made !== undefined && made < (oldest ?? Number.POSITIVE_INFINITY)) oldest = made;
  }
  return oldest;
}
