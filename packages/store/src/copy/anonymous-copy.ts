import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { TIERS, type Tier } from "@ngflow/flows";
import { backendOf, type StorePlace } from "../backends.ts";
import { tierOf } from "../clickhouse/collector-tables.ts";
import { migrate } from "../clickhouse/migrate.ts";
import { partsOf, rowsByDay } from "../clickhouse/parts.ts";
import { dropDay } from "../clickhouse/quota.ts";
import type { SqlClient, SqlLimits } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";
import { StoreError } from "../errors.ts";
import { readLedger, writeLedger } from "../ledger/ledger-file.ts";
import { makeDirectory } from "../make-directory.ts";
import type { Progress } from "../progress.ts";
import type { StoreLock } from "../store.ts";
import { type Anonymisation, anonymiseBlock, EMPTIED, type LeftOut } from "./anonymise-block.ts";
import { type Column, columnsOf, fingerprint, onDay, piecesOf } from "./copy-day.ts";
import { using } from "./copy-store.ts";
import { encodeBlock, nativeBlocks, TEXTS_TYPE } from "./native-columns.ts";

/** What an anonymised copy has. */
export interface AnonymousCopyReport {
  /** The data directory of the copy. */
  readonly to: string;
  /** Rows of each tier that it has. */
  readonly tiers: readonly { readonly name: string; readonly rows: number }[];
  readonly daysCopied: number;
  /** Days that an interrupted copy had copied before. */
  readonly daysKept: number;
  /** Values of fields without a column that were left out, in the days that were copied now. */
  readonly fieldsLeftOut: number;
  /** Columns that are empty. */
  readonly columnsEmptied: readonly string[];
}

interface CopyPlaces {
  /** The data directories. */
  readonly source: string;
  readonly target: string;
  readonly ledgerFrom: string;
  readonly ledgerTo: string;
  readonly from: StorePlace;
  readonly to: StorePlace;
  readonly limits: SqlLimits;
}

interface CopyDeps {
  readonly lock?: StoreLock | undefined;
  /** Counts rows. */
  readonly progress?: Progress | undefined;
  /** Stores and rolls up what waits at the source. */
  readonly settle: () => Promise<void>;
  /** Opens the copy as a store. Returns how many rows are missing. */
  readonly verify: () => Promise<number>;
}

/** What a copy has done, in its directory until it is complete. */
interface Journal {
  /** The source, the key and the choices: one that is interrupted goes on with the same only. */
  readonly of: string;
  /** What days had at the source when they were copied, by table and day. */
  readonly days: Record<string, string>;
}

const JOURNAL = "anonymising.json";
/** Rows that are in files at a time, about: one process has one embedded database open, so both take turns. */
const TURN_ROWS = 1_500_000;

interface DayToCopy {
  readonly tier: Tier;
  readonly target: Tier;
  readonly day: string;
  readonly rows: number;
  readonly wanted: string;
}

/** A day whose rows are in files of the target. */
interface StagedDay extends DayToCopy {
  readonly columns: readonly Column[];
  readonly files: readonly string[];
}

/**
 * Copies every table of a store into a new data directory, with other addresses: equal ones stay equal, and prefixes in
 * common stay in common. Sums by host are those of the changed rows. What cannot be changed is left out. Every day is
 * compared with what was read. One that is interrupted goes on with the day it was at; nothing may have the store open.
 *
 * @throws StoreError `store-held`, `copy-same`, `copy-target`, `copy-differs` and those of the databases.
 */
export async function anonymousCopy(
  places: CopyPlaces,
  how: Anonymisation & { readonly key: string },
  { lock, progress = () => undefined, settle, verify }: CopyDeps,
): Promise<AnonymousCopyReport> {
  const { source, target, from, to, limits } = places;
  if (source === target) throw new StoreError("copy-same", `copy: ${target} is the directory that is copied`);
  const journal = await openJournal(places, `${source} ${how.key} ${String(how.keepExporters)}`);
  await settle();
  const held = from.url === "chdb:" ? undefined : lock?.(source);
  const leftOut: LeftOut = { fields: 0 };
  try {
    const [origin, copy] = [backendOf(from, limits), backendOf(to, limits)];
    const withSource = <T>(use: (client: SqlClient) => Promise<T>): Promise<T> => using(origin, ID, use);
    const withCopy = <T>(use: (client: SqlClient) => Promise<T>): Promise<T> => using(copy, ID, use);
    const days = await withSource((client) => daysOf(client, origin.collector ?? ""));
    await withCopy((client) => prepare(client, days));
    const total = days.reduce((sum, { rows }) => sum + rows, 0);
    const left = days.filter((day) => journal.days[nameOf(day)] !== day.wanted);
    let done = total - left.reduce((sum, { rows }) => sum + rows, 0);
    progress(done, total);
    for (const turn of turnsOf(left)) {
      const staged = await withSource(async (client) => {
        const files: StagedDay[] = [];
        for (const day of turn) files.push(await stage(client, day, target, how, leftOut));
        return files;
      });
      await withCopy(async (client) => {
        for (const day of staged) {
          await insert(client, day);
          journal.days[nameOf(day)] = day.wanted;
          await writeJournal(target, journal);
          done += day.rows;
          progress(done, total);
        }
      });
    }
    const tiers = await withCopy((client) => rowsOf(client));
    const ledger = await readLedger(places.ledgerFrom);
    if (ledger !== undefined) await writeLedger(places.ledgerTo, { ...ledger, settled: [], dropping: null });
    const missing = await verify();
    if (missing > 0 && missing !== missingOf(ledger?.days, days))
      throw new StoreError(
        "copy-differs",
        `copy: ${missing} rows are missing in ${target}; copy into another directory`,
      );
    await rm(path.join(target, JOURNAL), { force: true });
    const counts = { daysCopied: left.length, daysKept: days.length - left.length, fieldsLeftOut: leftOut.fields };
    return { to: target, tiers, ...counts, columnsEmptied: EMPTIED };
  } finally {
    held?.release();
  }
}

/** Embedded databases have no owner. */
const ID = "anonymous-copy";

const nameOf = ({ tier, day }: Pick<DayToCopy, "tier" | "day">): string => `${tier.name} ${day}`;

/** Rows that the ledger counts and the source did not have. */
function missingOf(
  counted: Readonly<Record<string, { readonly rows: number }>> = {},
  days: readonly DayToCopy[],
): number {
  const rows = days.filter(({ tier }) => tier.name === TIERS[0].name).reduce((sum, day) => sum + day.rows, 0);
  return Object.values(counted).reduce((sum, day) => sum + day.rows, 0) - rows;
}

async function openJournal(places: CopyPlaces, of: string): Promise<Journal> {
  try {
    await makeDirectory(places.target, 0o750);
    return await readJournal(places, of);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const { message } = cause as Error;
    throw new StoreError("store-directory", `copy: ${places.target} cannot be written (${message})`, { cause });
  }
}

async function readJournal({ target, to }: CopyPlaces, of: string): Promise<Journal> {
  const file = path.join(target, JOURNAL);
  if (!existsSync(file)) {
    if (existsSync(to.directory))
      throw new StoreError("copy-target", `copy: ${target} has flows already; choose another`);
    const journal: Journal = { of, days: {} };
    await writeJournal(target, journal);
    return journal;
  }
  const journal = JSON.parse(await readFile(file, "utf8")) as Journal;
  if (journal.of !== of)
    throw new StoreError(
      "copy-target",
      `copy: ${target} has a part of another copy, or with another key; choose another`,
    );
  return journal;
}

async function writeJournal(target: string, journal: Journal): Promise<void> {
  const file = path.join(target, JOURNAL);
  await writeFile(`${file}.new`, JSON.stringify(journal), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Every day of every table of the source, and what it has. */
async function daysOf(client: SqlClient, collector: string): Promise<readonly DayToCopy[]> {
  const days: DayToCopy[] = [];
  for (const target of TIERS) {
    const tier = tierOf<Tier>(target, collector);
    await migrate(client, tier);
    for (const [day, rows] of rowsByDay(await partsOf(client, tier)))
      days.push({ tier, target, day, rows, wanted: await fingerprint(client, tier, day, true) });
  }
  return days;
}

/** Makes the tables of the copy, without days that the source no longer has. */
async function prepare(client: SqlClient, days: readonly DayToCopy[]): Promise<void> {
  for (const tier of TIERS) {
    await migrate(client, tier);
    const wanted = new Set(days.filter(({ target }) => target === tier).map(({ day }) => day));
    for (const day of rowsByDay(await partsOf(client, tier)).keys())
      if (!wanted.has(day)) await dropDay(client, { table: tier.table, day });
  }
}

function turnsOf(days: readonly DayToCopy[]): readonly (readonly DayToCopy[])[] {
  const turns: DayToCopy[][] = [];
  let rows = TURN_ROWS;
  for (const day of days) {
    if (rows >= TURN_ROWS) {
      turns.push([]);
      rows = 0;
    }
    turns.at(-1)!.push(day);
    rows += day.rows;
  }
  return turns;
}

/** Writes the changed rows of a day to files. */
async function stage(
  client: SqlClient,
  day: DayToCopy,
  directory: string,
  how: Anonymisation,
  leftOut: LeftOut,
): Promise<StagedDay> {
  const { tier } = day;
  const columns = (await columnsOf(client, tier)).map(({ name, type }) => {
    return { name, type: type.startsWith("Map(") ? TEXTS_TYPE : type };
  });
  const casts = columns.map(({ name, type }) => `CAST(${name}, ${sqlString(type)}) AS ${name}`).join(", ");
  const files: string[] = [];
  for (const [i, { condition }] of (await piecesOf(client, tier, day.day)).entries()) {
    // The names of the casts hide the columns, so the condition is on its own.
    const rows = `SELECT * FROM ${tier.table} WHERE ${onDay(tier, day.day)} AND ${condition}`;
    const blocks: Uint8Array[] = [];
    for (const block of nativeBlocks(await client.native(`SELECT ${casts} FROM (${rows})`)))
      blocks.push(encodeBlock(anonymiseBlock(block, how, leftOut)));
    const file = path.join(directory, `.${tier.name}-${day.day}-${i}.native`);
    await writeFile(file, blocks, { mode: 0o600 });
    files.push(file);
  }
  return { ...day, columns, files };
}

/** Inserts the files of a day, compares what is there with what was read, and removes the files. */
async function insert(client: SqlClient, { target, day, wanted, columns, files }: StagedDay): Promise<void> {
  await dropDay(client, { table: target.table, day });
  const names = columns.map(({ name }) => name).join(", ");
  const structure = columns.map(({ name, type }) => `${name} ${type}`).join(", ");
  for (const file of files)
    await client.over(
      { path: file, format: "Native", structure },
      (read) => `INSERT INTO ${target.table} (${names}) SELECT ${names} FROM ${read}`,
    );
  if ((await fingerprint(client, target, day, true)) !== wanted)
    throw new StoreError("copy-differs", `copy: ${target.table} of ${day} differs from what was read; copy again`);
  for (const file of files) await rm(file, { force: true });
}

async function rowsOf(client: SqlClient): Promise<AnonymousCopyReport["tiers"]> {
  const tiers: { name: string; rows: number }[] = [];
  for (const tier of TIERS) {
    const parts = await partsOf(client, tier);
    tiers.push({ name: tier.name, rows: parts.reduce((sum, part) => sum + part.rows, 0) });
  }
  return tiers;
}
