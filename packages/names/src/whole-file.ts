import { statSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces a file: who reads it finds the old or the new one. */
export async function replaceFile(path: string, content: string | Uint8Array, mode?: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, content, mode === undefined ? {} : { mode });
  await rename(`${path}.new`, path);
}

/**
 * Reads a file again when it is another one: the same value as long as it is not.
 * @param absent the value without a file
 * @param read is given the value of before
 */
export function whenReplaced<T>(path: string, absent: T, read: (before: T) => T): () => T {
  let state = "";
  let value = absent;
  return () => {
    const stat = statSync(path, { throwIfNoEntry: false });
    const now = stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    if (now !== state) {
      state = now;
      value = stat === undefined ? absent : read(value);
    }
    return value;
  };
}
