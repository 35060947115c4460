import path from "node:path";
import { TIERS, type Tier } from "@ngflow/flows";
import { backendOf, type StorePlace } from "../backends.ts";
import { claim, readClaim } from "../clickhouse/claim.ts";
import { tierOf } from "../clickhouse/collector-tables.ts";
import { migrate } from "../clickhouse/migrate.ts";
import { partsOf, rowsByDay } from "../clickhouse/parts.ts";
import { dropDay } from "../clickhouse/quota.ts";
import type { SqlBackend, SqlClient, SqlLimits } from "../clickhouse/sql-client.ts";
import { StoreError } from "../errors.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { Progress } from "../progress.ts";
import type { StoreLock } from "../store.ts";
import { newPlaceId, readPlace, removePlace, savePlace } from "../store-place.ts";
import { copyDay } from "./copy-day.ts";

/** What a copy did. */
export interface CopyReport {
  /** URL of the database that has the flows from now on. */
  readonly to: string;
  /** Rows of each tier that it has. */
  readonly tiers: readonly { readonly name: string; readonly rows: number }[];
  readonly daysCopied: number;
  /** Days that an interrupted copy had copied before. */
  readonly daysKept: number;
}

export interface CopyConfig {
  readonly dataDirectory: string;
  readonly from: StorePlace;
  readonly to: StorePlace;
  readonly limits: SqlLimits;
}

interface CopyDeps {
  readonly lock?: StoreLock | undefined;
  /** Counts rows. */
  readonly progress?: Progress | undefined;
}

/**
 * Copies every tier of a data directory's store into another database, compares each day, and makes that the store of
 * the data directory. The ledger stays as it is: the rows are the same. Nothing may have the store open; what comes
 * meanwhile waits in the spool. A copy that was interrupted goes on with the day it was at. The store that was copied
 * from stays as it is.
 *
 * @throws StoreError `store-held`, `store-claimed`, `copy-same`, `copy-differs` and those of the databases.
 */
export async function copyStore(config: CopyConfig, { lock, progress }: CopyDeps): Promise<CopyReport> {
  const { dataDirectory, from, to, limits } = config;
  if (from.url === to.url) throw new StoreError("copy-same", `copy: the flows of ${dataDirectory} are there already`);
  const held = lock?.(dataDirectory);
  try {
    const id = (readPlace(dataDirectory) ?? readPlace(dataDirectory, "copying"))?.id ?? newPlaceId();
    const origin = backendOf(from, limits);
    const target = backendOf(to, limits);
    await savePlace(dataDirectory, { url: to.url, id }, "copying");
    return await using(origin, id, (source) =>
      using(target, id, async (copy) => {
        const collectors = { from: origin.collector ?? "", to: target.collector ?? "" };
        if (target.server !== undefined) await claimTarget(copy, id, to.url, collectors.to);
        const report = await copyAll(config, collectors, source, copy, progress);
        await checkLedger(dataDirectory, tierOf<Tier>(TIERS[0], collectors.to), copy);
        if (target.server === undefined) await removePlace(dataDirectory);
        else await savePlace(dataDirectory, { ...target.server, id });
        await removePlace(dataDirectory, "copying");
        return report;
      }),
    );
  } finally {
    held?.release();
  }
}

/** Opens a database for as long as it is used. @throws StoreError. */
export async function using<T>(backend: SqlBackend, id: string, use: (client: SqlClient) => Promise<T>): Promise<T> {
  const client = await backend.open(id);
  try {
    return await use(client);
  } catch (error) {
    throw error instanceof StoreError ? error : backend.unusable(error as Error);
  } finally {
    await client.close();
  }
}

/** The tables become those of the data directory, unless they have flows of another one. */
async function claimTarget(client: SqlClient, id: string, url: string, collector: string): Promise<void> {
  if ((await readClaim(client, id, collector)) === "own") return;
  if ((await partsOf(client, tierOf<Tier>(TIERS[0], collector))).length > 0)
    throw new StoreError("store-claimed", `copy: ${url} has flows already, of another data directory; choose another`);
  await claim(client, id, { hasRows: false, takeOver: true, collector });
}

interface CopiedDay {
  readonly tier: Tier;
  readonly target: Tier;
  readonly day: string;
  readonly rows: number;
}

async function copyAll(
  { dataDirectory, to: { url } }: CopyConfig,
  collectors: { readonly from: string; readonly to: string },
  from: SqlClient,
  to: SqlClient,
  progress: Progress = () => undefined,
): Promise<CopyReport> {
  const days: CopiedDay[] = [];
  for (const each of TIERS) {
    const [tier, target] = [tierOf<Tier>(each, collectors.from), tierOf<Tier>(each, collectors.to)];
    await migrate(from, tier);
    await migrate(to, target);
    const own = rowsByDay(await partsOf(from, tier));
    for (const [day, rows] of own) days.push({ tier, target, day, rows });
    // What an earlier store of the data directory had there.
    for (const day of rowsByDay(await partsOf(to, target)).keys())
      if (!own.has(day)) await dropDay(to, { table: target.table, day });
  }
  const total = days.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  let daysCopied = 0;
  progress(done, total);
  for (const { tier, target, day, rows } of days) {
    let copied = 0;
    const isCopied = await copyDay({ tier, target, from, to, directory: dataDirectory }, day, (some) => {
      copied += some;
      progress(done + Math.min(copied, rows), total);
    });
    if (isCopied) daysCopied++;
    done += rows;
    progress(done, total);
  }
  const tiers: { name: string; rows: number }[] = [];
  for (const tier of TIERS) {
    const parts = await partsOf(to, tierOf<Tier>(tier, collectors.to));
    tiers.push({ name: tier.name, rows: parts.reduce((sum, part) => sum + part.rows, 0) });
  }
  return { to: url, tiers, daysCopied, daysKept: days.length - daysCopied };
}

/** The copy has the rows that the ledger counts, but for those that were missing before. */
async function checkLedger(dataDirectory: string, flows: Tier, client: SqlClient): Promise<void> {
  const { ledger, known } = await Ledger.open(path.join(dataDirectory, "ledger.json"));
  if (!known) return;
  const has = rowsByDay(await partsOf(client, flows));
  for (const [day, { rows }] of ledger.days())
    if ((has.get(day) ?? 0) > rows)
      throw new StoreError("copy-differs", `copy: ${day} has more rows than were stored; copy into an empty database`);
}
