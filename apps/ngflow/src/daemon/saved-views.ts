import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Log } from "@ngflow/base";
import {
  type Saved,
  SAVED_NAME,
  SAVED_TEXT_MAX,
  SAVED_TITLE_MAX,
  type SavedEntry,
  type SavedStore,
} from "@ngflow/server";

/** Most entries, so that a list stays small. */
export const SAVED_MAX = 500;
/** Longest file that is read, in bytes: text and title in which every character is escaped. */
const FILE_MAX = 100_000;

/**
 * What people saved for everybody, a file `saved/NAME.json` per entry in the data directory. Only the server of the
 * directory writes them, one after the other, so nothing comes between the comparison of a version and the write.
 * Files that cannot be read are logged, left alone, and not overwritten.
 */
export function savedViews(dataDirectory: string, log: Log, nowMs: () => number = Date.now): SavedStore {
  const directory = join(dataDirectory, "saved");
  const entries = new Map<string, SavedEntry>();
  const damaged = new Set<string>();
  for (const name of namesIn(directory)) {
    try {
      entries.set(name, readEntry(directory, name));
    } catch (error) {
      damaged.add(name);
      log.warn({ file: join(directory, `${name}.json`), err: String(error) }, "a saved view cannot be read");
    }
  }
  return {
    list: () => [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    read: (name) => entries.get(name) ?? null,
    write(name, saved, expected) {
      const before = entries.get(name);
      if ((before?.version ?? null) !== expected || damaged.has(name)) return "conflict";
      if (before === undefined && entries.size >= SAVED_MAX) return "full";
      const entry = entryOf(name, saved, new Date(nowMs()).toISOString());
      writeWhole(directory, name, JSON.stringify({ ...content(saved), changed: entry.changed }));
      entries.set(name, entry);
      return entry;
    },
    remove(name, expected) {
      if (entries.get(name)?.version !== expected) return "conflict";
      rmSync(join(directory, `${name}.json`), { force: true });
      entries.delete(name);
      return "removed";
    },
  };
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
      .flatMap((file) => (file.endsWith(".json") && SAVED_NAME.test(file.slice(0, -5)) ? [file.slice(0, -5)] : []))
      .sort()
      .slice(0, SAVED_MAX);
  } catch {
    return [];
  }
}

function readEntry(directory: string, name: string): SavedEntry {
  const path = join(directory, `${name}.json`);
  if (statSync(path).size > FILE_MAX) throw new Error(`longer than ${FILE_MAX} bytes`);
  const read = JSON.parse(readFileSync(path, "utf8")) as Partial<Saved & { changed: string }>;
  const { title, kind, text, changed } = read;
  const isWhole =
    typeof title === "string" &&
    title.length <= SAVED_TITLE_MAX &&
    typeof text === "string" &&
    text.length <= SAVED_TEXT_MAX &&
    (kind === "filter" || (kind === "page" && /^\/(?![/\\])/.test(text))) &&
    typeof changed === "string" &&
    Number.isFinite(Date.parse(changed));
  if (!isWhole) throw new Error("not a saved view");
  return entryOf(name, { title, kind, text }, changed);
}

function content({ title, kind, text }: Saved): Saved {
  return { title, kind, text };
}

function entryOf(name: string, saved: Saved, changed: string): SavedEntry {
  const whole = content(saved);
  // With the time: an entry that is changed there and back is not the one that was read.
  const version = createHash("sha256")
    .update(JSON.stringify([whole, changed]))
    .digest("hex")
    .slice(0, 24);
  return { name, version, changed, ...whole };
}

/** Writes to another name first, so that a crash leaves the old file or the new one. */
function writeWhole(directory: string, name: string, text: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const temporary = join(directory, `.${name}.new`);
  const file = openSync(temporary, "w", 0o640);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(directory, `${name}.json`));
}
