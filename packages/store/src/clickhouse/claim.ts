import { StoreError } from "../errors.ts";
import { databaseSql, engineOf, onCluster } from "./cluster.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** The table that says which data directory the database belongs to. */
const TABLE = "ngflow_owner";

/** What is known of a database before it is used. */
export type Claim = "own" | "free" | "other";

/**
 * Whom the database belongs to. The first that was written holds, so of two at once one is refused. @throws SqlError.
 */
export async function readClaim(client: SqlClient, id: string): Promise<Claim> {
  const { facts } = client;
  const isThere = async (): Promise<boolean> => {
    const rows = `system.tables WHERE database = ${databaseSql(facts)} AND name = ${sqlString(TABLE)}`;
    return (await client.inspect(`SELECT 1 FROM ${rows}`)).length > 0;
  };
  // A server of a cluster that is away would be waited for.
  if (facts?.cluster === undefined || !(await isThere()))
    await client.run(
      `CREATE TABLE IF NOT EXISTS ${TABLE}${onCluster(facts)} (Id String, At DateTime64(6, 'UTC'))` +
        ` ENGINE = ${engineOf(facts, "MergeTree", TABLE, true)} ORDER BY At`,
    );
  if (facts?.cluster !== undefined) await client.run(`SYSTEM SYNC REPLICA ${TABLE}`);
  const [first] = await client.inspect(`SELECT Id FROM ${TABLE} ORDER BY At, Id LIMIT 1`);
  if (first === undefined) return "free";
  return first[0] === id ? "own" : "other";
}

/**
 * Makes the database that of a data directory, because the counts of a ledger are those of one database. With
 * `takeOver`, whomever it belonged to.
 *
 * @param hasRows whether the ledger of the data directory has rows, which are in the database then
 * @throws StoreError `store-claimed`, `store-moved`; SqlError.
 */
export async function claim(
  client: SqlClient,
  id: string,
  { hasRows, takeOver }: { readonly hasRows: boolean; readonly takeOver: boolean },
): Promise<void> {
  const found = await readClaim(client, id);
  if (found === "own") return;
  if (hasRows)
    throw new StoreError(
      "store-moved",
      "store: the flows of the data directory are not in this database; move them with ngflow store copy, or choose" +
        " another directory with --data",
    );
  if (found === "other" && !takeOver) throw claimed();
  if (found === "other") await client.run(`TRUNCATE TABLE ${TABLE}`);
  await client.run(`INSERT INTO ${TABLE} SELECT ${sqlString(id)}, now64(6)`);
  if ((await readClaim(client, id)) !== "own") throw claimed();
}

function claimed(): StoreError {
  return new StoreError(
    "store-claimed",
    "store: the database has the flows of another data directory; choose another database in the URL of --store. If" +
      " the other directory is lost, --store-take-over goes on with its flows",
  );
}
