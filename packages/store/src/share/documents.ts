import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";

const TABLE = "ngflow_documents";
/** Most documents that are read at once. */
const MOST_READ = 1000;

/** Texts by name that several processes share in a database; of a name, the last one counts. */
export class Documents {
  readonly #client: SqlClient;
  readonly #file: string;
  /** Versions that were read or written here, by name. */
  readonly #seen = new Map<string, string>();
  #made = false;

  /** @param file a path that only this process writes */
  constructor(client: SqlClient, file: string) {
    this.#client = client;
    this.#file = file;
  }

  /** Texts that were written since the last call, by others or here. @throws SqlError. */
  async changes(): Promise<ReadonlyMap<string, string>> {
    await this.#make();
    const versions = await this.#client.inspect(`SELECT Name, toString(max(At)) FROM ${TABLE} GROUP BY Name`);
    const changed = versions.filter(([name, at]) => this.#seen.get(String(name)) !== at).slice(0, MOST_READ);
    if (changed.length === 0) return new Map();
    const names = changed.map(([name]) => sqlString(String(name))).join(", ");
    const rows = await this.#client.inspect(
      `SELECT Name, argMax(Content, At), toString(max(At)) FROM ${TABLE} WHERE Name IN (${names}) GROUP BY Name`,
    );
    for (const [name, , at] of rows) this.#seen.set(String(name), String(at));
    return new Map(rows.map(([name, content]) => [String(name), String(content)]));
  }

  /** Writes texts. @throws SqlError. */
  async put(texts: ReadonlyMap<string, string>): Promise<void> {
    if (texts.size === 0) return;
    await this.#make();
    const lines = [...texts].map(([Name, Content]) => `${JSON.stringify({ Name, Content })}\n`);
    writeFileSync(this.#file, lines.join(""), { mode: 0o600 });
    try {
      const file = { path: this.#file, format: "JSONEachRow", structure: "Name String, Content String" } as const;
      // The same text may be written again later: no two statements are the same one.
      const once = `'${randomUUID()}' != ''`;
      await this.#client.over(
        file,
        (rows) => `INSERT INTO ${TABLE} SELECT Name, Content, now64(6) FROM ${rows} WHERE ${once}`,
      );
    } finally {
      rmSync(this.#file, { force: true });
    }
  }

  async #make(): Promise<void> {
    if (this.#made) return;
    await this.#client.run(
      `CREATE TABLE IF NOT EXISTS ${TABLE} (Name String, Content String, At DateTime64(6, 'UTC'))` +
        " ENGINE = ReplacingMergeTree(At) ORDER BY Name",
    );
    this.#made = true;
  }
}
