import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory and those above it; returns those that were made, the innermost last. Node's own recursive mkdir
 * never returns on a file system that refuses names with ENOENT although the parent exists (procfs).
 *
 * @throws the system's error.
 */
export function makeDirectories(directory: string, mode = 0o777): string[] {
  try {
    mkdirSync(directory, { mode });
    return [directory];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(directory).isDirectory()) return [];
    const parent = dirname(directory);
    if (code !== "ENOENT" || existsSync(parent)) throw error;
    const made = makeDirectories(parent, mode);
    mkdirSync(directory, { mode });
    return [...made, directory];
  }
}
