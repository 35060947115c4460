import { existsSync } from "node:fs";
import { copyFile, link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Tiers } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import { makeDirectory } from "../make-directory.ts";
import { listBlockFiles } from "../spool/block-file.ts";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";
import { StoreError } from "../errors.ts";

/** Names within a snapshot, and within a backup. */
export const SNAPSHOT = {
  /** What the tables have: a folder for each table, with one for each part. */
  tables: "tables",
  /** Block files that wait for the store. */
  spool: "spool",
  /** What the collector keeps: templates, names of exporters and of addresses. */
  collector: "collector",
  /** Pages and filters that people saved. */
  saved: "saved",
  /** Rules and silences that people made, alerts and how far they have been judged. */
  alerts: "alerts",
  /** What was imported. */
  imports: "import/journal.ndjson",
  ledger: "ledger.json",
  /** `SnapshotFacts`. */
  facts: "snapshot.json",
} as const;

/** What a snapshot has. */
export interface SnapshotFacts {
  readonly version: 1;
  /** Unix milliseconds. */
  readonly madeMs: number;
  /** Rows of block files that wait for the store. */
  readonly rowsWaiting: number;
  readonly tables: readonly SnapshotTable[];
}

export interface SnapshotTable {
  readonly table: string;
  readonly rows: number;
  readonly parts: readonly string[];
}

/** Where the files of a store are. */
export interface SnapshotPlaces {
  readonly spoolDirectory: string;
  readonly ledgerFile: string;
  readonly dataDirectory: string;
  /** Directory to make; an earlier snapshot there is removed. */
  readonly snapshotDirectory: string;
}

/** A part may be merged into another one while its files are linked; then the table is listed again. */
const TRIES = 5;

/**
 * Makes hard links to everything that a store has at a moment: the parts of its tables, its ledger, and the blocks that
 * wait. None of these is ever changed, so the links are a copy of that moment that takes no room of its own. Call
 * it while nothing else changes the tables or the ledger.
 *
 * @throws StoreError `backup-database` for a database that is not in a directory. @throws the system's error.
 */
export async function makeSnapshot(
  client: SqlClient,
  tiers: Tiers,
  ledger: Ledger,
  places: SnapshotPlaces,
  nowMs: number,
): Promise<SnapshotFacts> {
  if (client.directory === undefined)
    throw new StoreError("backup-database", "store: only the embedded database is backed up; use the server's BACKUP");
  const to = places.snapshotDirectory;
  await rm(to, { recursive: true, force: true });
  await makeDirectory(to, 0o750);
  await ledger.save();
  await linkFile(places.ledgerFile, path.join(to, SNAPSHOT.ledger));
  const tables: SnapshotTable[] = [];
  for (const { table } of tiers) tables.push(await linkTable(client, table, path.join(to, SNAPSHOT.tables, table)));
  const rowsWaiting = await linkBlocks(places.spoolDirectory, path.join(to, SNAPSHOT.spool), ledger);
  for (const name of [SNAPSHOT.collector, SNAPSHOT.saved, SNAPSHOT.alerts])
    await linkTree(path.join(places.dataDirectory, name), path.join(to, name));
  await copyThere(path.join(places.dataDirectory, SNAPSHOT.imports), path.join(to, SNAPSHOT.imports));
  const facts: SnapshotFacts = { version: 1, madeMs: nowMs, rowsWaiting, tables };
  await writeFile(path.join(to, SNAPSHOT.facts), `${JSON.stringify(facts)}\n`, { mode: 0o640 });
  return facts;
}

async function linkTable(client: SqlClient, table: string, to: string): Promise<SnapshotTable> {
  for (let tries = 1; ; tries++) {
    const found = await client.inspect(
      `SELECT name, rows, path FROM system.parts WHERE active AND rows > 0 AND database = currentDatabase()` +
        ` AND table = ${sqlString(table)} ORDER BY name`,
    );
    await mkdir(to, { recursive: true, mode: 0o750 });
    try {
      for (const [name, , from] of found) {
        const source = path.resolve(client.directory!, String(from));
        if (!(await linkTree(source, path.join(to, String(name))))) throw new GoneError();
      }
    } catch (error) {
      if (!(error instanceof GoneError) || tries >= TRIES) throw error;
      await rm(to, { recursive: true, force: true });
      continue;
    }
    const rows = found.reduce((sum, [, count]) => sum + Number(count), 0);
    return { table, rows, parts: found.map(([name]) => String(name)) };
  }
}

/** A file was removed while it was to be linked. */
class GoneError extends Error {}

/** Links the blocks that wait. One that disappears meanwhile is not there for others to miss: nothing is stored now. */
async function linkBlocks(from: string, to: string, ledger: Ledger): Promise<number> {
  await mkdir(to, { mode: 0o750 });
  let rows = 0;
  for (const { file, name } of await listBlockFiles(from)) {
    if (ledger.isSettled(name.id)) continue;
    await linkFile(file, path.join(to, path.basename(file)));
    rows += name.rows;
  }
  return rows;
}

/** Links the files of a directory and of those in it. Returns false if it, or a file of it, is not there. */
async function linkTree(from: string, to: string): Promise<boolean> {
  try {
    const entries = await readdir(from, { withFileTypes: true });
    await mkdir(to, { recursive: true, mode: 0o750 });
    for (const entry of entries) {
      const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
      if (entry.isDirectory() && !(await linkTree(source, target))) return false;
      if (entry.isFile()) await linkFile(source, target);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Copies a file that grows, if it is there. */
async function copyThere(from: string, to: string): Promise<void> {
  if (!existsSync(from)) return;
  await mkdir(path.dirname(to), { recursive: true, mode: 0o750 });
  await copyFile(from, to);
}

/** File systems without hard links, and other file systems, get a copy. */
const NO_LINK: ReadonlySet<string> = new Set(["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"]);

async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINK.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await copyFile(from, to);
  }
}
