import { mkdir, stat } from "node:fs/promises";
import path from "node:path";

/**
 * Creates a directory and its missing parents. Node's own recursive mkdir never returns on a file system that refuses
 * names with ENOENT although the parent exists (procfs), so the parents are created here one by one.
 *
 * @throws the system's error.
 */
export async function makeDirectory(directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(directory)).isDirectory()) return;
    const parent = path.dirname(directory);
    if (code !== "ENOENT" || parent === directory || (await exists(parent))) throw error;
    await makeDirectory(parent, mode);
    await mkdir(directory, { mode });
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
