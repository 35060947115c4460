import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Replaces a file: writes a temporary one, syncs and renames it, so that a crash leaves the old or the new one. Parts
 * of the content are made one at a time, each after the one before was written.
 */
export async function writeStateFile(stateDir: string, name: string, content: Iterable<string>): Promise<void> {
  mkdirSync(stateDir, { recursive: true });
  const temporary = join(stateDir, `${name}.tmp`);
  const file = await open(temporary, "w", 0o600);
  try {
    for (const part of content) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(temporary, join(stateDir, name));
}

/**
 * The content of a file; undefined without one. A file that cannot be used is renamed to `NAME.bad` and reported to
 * `onDamage`: exporters send everything again, so it must not keep the collector from starting. Without `onDamage`, as
 * in another process, it stays.
 */
export function readStateFile<T>(
  stateDir: string,
  name: string,
  isContent: (value: unknown) => value is T,
  onDamage?: (reason: string) => void,
): T | undefined {
  const path = join(stateDir, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (!isAbsent(error)) onDamage?.((error as Error).message);
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (!isContent(value)) throw new Error(`not a ${name} of this version`);
    return value;
  } catch (error) {
    if (onDamage !== undefined) {
      setAside(path, text);
      onDamage((error as Error).message);
    }
    return undefined;
  }
}

/** The same for content that takes long to parse: `parse` rejects where it cannot be used. */
export async function parseStateFile<T>(
  stateDir: string,
  name: string,
  parse: (text: string) => Promise<T>,
  onDamage: (reason: string) => void,
): Promise<T | undefined> {
  const path = join(stateDir, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (!isAbsent(error)) onDamage((error as Error).message);
    return undefined;
  }
  try {
    return await parse(text);
  } catch (error) {
    setAside(path, text);
    onDamage((error as Error).message);
    return undefined;
  }
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}

function setAside(path: string, text: string): void {
  try {
    writeFileSync(`${path}.bad`, text);
    rmSync(path);
  } catch {
    // A read-only state directory is reported by the next save.
  }
}
