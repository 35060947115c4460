import { StoreError } from "../errors.ts";
import { databaseSql, engineOf, onCluster } from "./cluster.ts";
import { tableOf } from "./collector-tables.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** The table that says which data directory the tables of a collector belong to. */
export const OWNER = "ngflow_owner";

/** What is known of the tables of a collector before they are used. */
export type Claim = "own" | "free" | "other";

/**
 * Whom the tables of a collector belong to. The first that was written holds, so of two at once one is refused.
 * @throws SqlError.
 */
export async function readClaim(client: SqlClient, id: string, collector = ""): Promise<Claim> {
  const { facts } = client;
  const table = tableOf(OWNER, collector);
  const isThere = async (): Promise<boolean> => {
    const rows = `system.tables WHERE database = ${databaseSql(facts)} AND name = ${sqlString(table)}`;
    return (await client.inspect(`SELECT 1 FROM ${rows}`)).length > 0;
  };
  // A server of a cluster that is away would be waited for.
  if (facts?.cluster === undefined || !(await isThere()))
    await client.run(
      `CREATE TABLE IF NOT EXISTS ${table}${onCluster(facts)} (Id String, At DateTime64(6, 'UTC'))` +
        ` ENGINE = ${engineOf(facts, "MergeTree", table, true)} ORDER BY At`,
    );
  if (facts?.cluster !== undefined) await client.run(`SYSTEM SYNC REPLICA ${table}`);
  const [first] = await client.inspect(`SELECT Id FROM ${table} ORDER BY At, Id LIMIT 1`);
  if (first === undefined) return "free";
  return first[0] === id ? "own" : "other";
}

interface ClaimConfig {
  /** Whether the ledger of the data directory has rows, which are in the tables then. */
  readonly hasRows: boolean;
  /** Whether they are taken, whomever they belonged to. */
  readonly takeOver: boolean;
  /** Name of the collector; "" for the one without a name. */
  readonly collector?: string | undefined;
}

/**
 * Makes the tables of a collector those of a data directory, because the counts of a ledger are those of one set of
 * tables.
 *
 * @throws StoreError `store-claimed`, `store-moved`; SqlError.
 */
export async function claim(
  client: SqlClient,
  id: string,
  { hasRows, takeOver, collector = "" }: ClaimConfig,
): Promise<void> {
  const found = await readClaim(client, id, collector);
  if (found === "own") return;
  if (hasRows)
    throw new StoreError(
      "store-moved",
      "store: the flows of the data directory are not in this database; move them with ngflow store copy, or choose" +
        " another directory with --data",
    );
  if (found === "other" && !takeOver) throw claimed();
  if (found === "other") await client.run(`TRUNCATE TABLE ${tableOf(OWNER, collector)}`);
  await client.run(`INSERT INTO ${tableOf(OWNER, collector)} SELECT ${sqlString(id)}, now64(6)`);
  if ((await readClaim(client, id, collector)) !== "own") throw claimed();
}

function claimed(): StoreError {
  return new StoreError(
    "store-claimed",
    "store: the database has the flows of another data directory; --store-collector NAME keeps those of this one next" +
      " to them. If the other directory is lost, --store-take-over goes on with its flows",
  );
}
