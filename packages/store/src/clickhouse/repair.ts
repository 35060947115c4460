import { readdir, rename } from "node:fs/promises";
import path from "node:path";
import type { Tier } from "@ngflow/flows";
import type { Ledger } from "../ledger/ledger.ts";
import { makeDirectory } from "../make-directory.ts";
import { checkPart, detachedParts, partsOf } from "./parts.ts";
import type { SqlClient } from "./sql-client.ts";
import { sqlString } from "./sql-text.ts";

/** The name of a part, also behind the reason for which it was detached: `broken-on-start_20260102_1_1_0`. */
const PART = /(\d{4})(\d{2})(\d{2})_\d+_\d+_\d+(?:_\d+)?$/;

/**
 * Attaches detached parts whose rows are missing according to the ledger and that are whole. Call it while nothing
 * else changes the table, after the ledger was compared with it. Returns the names of the parts.
 */
export async function attachWholeParts(client: SqlClient, tier: Tier, ledger: Ledger): Promise<string[]> {
  // Replicas repair each other.
  if (client.facts?.cluster !== undefined) return [];
  const directory = await dataDirectory(client, tier);
  if (client.directory !== undefined) await collectStrayParts(client, directory);
  const missing = new Map(ledger.missing);
  const attached: string[] = [];
  for (const { name } of await detachedParts(client, tier)) {
    const match = PART.exec(name);
    if (!match) continue;
    const day = match.slice(1, 4).join("-");
    const rows = await attachIfWhole(
      client,
      tier,
      { detached: path.join(directory, "detached"), name, part: match[0] },
      missing.get(day) ?? 0,
    );
    if (rows === 0) continue;
    missing.set(day, (missing.get(day) ?? 0) - rows);
    attached.push(match[0]);
  }
  return attached;
}

interface Candidate {
  /** The directory of the table's detached parts. */
  readonly detached: string;
  /** Name of its directory there. */
  readonly name: string;
  /** Name of the part. */
  readonly part: string;
}

/** Returns the rows of the part, 0 if it was not attached: it has more rows than are missing, or it is damaged. */
async function attachIfWhole(
  client: SqlClient,
  tier: Tier,
  { detached, name, part }: Candidate,
  rowsMissing: number,
): Promise<number> {
  if (rowsMissing === 0) return 0;
  const before = new Set((await partsOf(client, tier)).map((other) => other.name));
  const move = async (from: string, to: string): Promise<void> => {
    if (from !== to && client.directory !== undefined) await rename(path.join(detached, from), path.join(detached, to));
  };
  try {
    await move(name, part);
    await client.run(`ALTER TABLE ${tier.table} ATTACH PART ${sqlString(part)}`);
  } catch {
    // It is damaged, or its name is in use: it stays as it was.
    await move(part, name).catch(() => undefined);
    return 0;
  }
  const added = (await partsOf(client, tier)).filter((other) => !before.has(other.name));
  const rows = added.reduce((sum, other) => sum + other.rows, 0);
  let whole = rows <= rowsMissing;
  for (const other of added) whole &&= (await checkPart(client, tier, other.name)) === undefined;
  if (whole) return rows;
  for (const other of added) await client.run(`ALTER TABLE ${tier.table} DETACH PART ${sqlString(other.name)}`);
  return 0;
}

async function dataDirectory(client: SqlClient, { table }: Tier): Promise<string> {
  const [row] = await client.inspect(
    `SELECT data_paths[1] FROM system.tables WHERE database = currentDatabase() AND name = ${sqlString(table)}`,
  );
  return String(row?.[0] ?? "");
}

/**
 * Moves parts of tables whose definition was lost to the detached parts of a table. They are in `store/<xyz>/<uuid>/`
 * of the database, next to the table's own directory.
 */
async function collectStrayParts(client: SqlClient, own: string): Promise<void> {
  const top = path.resolve(own, "../..");
  const used = new Set(
    (await client.inspect("SELECT arrayJoin(data_paths) FROM system.tables")).map(([used]) =>
      path.resolve(String(used)),
    ),
  );
  for (const folder of await readdir(top)) {
    for (const table of await readdir(path.join(top, folder))) {
      const directory = path.join(top, folder, table);
      if (used.has(directory)) continue;
      for (const entry of await readdir(directory, { withFileTypes: true })) {
        if (!entry.isDirectory() || !PART.test(entry.name)) continue;
        await makeDirectory(path.join(own, "detached"), 0o750);
        await rename(path.join(directory, entry.name), path.join(own, "detached", entry.name));
      }
    }
  }
}
