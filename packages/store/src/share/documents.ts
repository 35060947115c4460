import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { databaseSql, engineOf, onCluster } from "../clickhouse/cluster.ts";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { sqlString } from "../clickhouse/sql-text.ts";

/** Most documents that are read at once. */
const MOST_READ = 1000;

/** Texts by name that several processes share in a database; of a name, the last one counts. */
export class Documents {
  readonly #client: SqlClient;
  readonly #file: string;
  readonly #table: string;
  /** Versions that were read or written here, by name. */
  readonly #seen = new Map<string, string>();
  #made = false;

  /**
   * @param file a path that only this process writes
   * @param table the table of the texts
   */
  constructor(client: SqlClient, file: string, table = "ngflow_documents") {
    this.#client = client;
    this.#file = file;
    this.#table = table;
  }

  /** Texts that were written since the last call, by others or here. @throws SqlError. */
  async changes(): Promise<ReadonlyMap<string, string>> {
    await this.#make();
    const versions = await this.#client.inspect(`SELECT Name, toString(max(At)) FROM ${this.#table} GROUP BY Name`);
    const changed = versions.filter(([name, at]) => this.#seen.get(String(name)) !== at).slice(0, MOST_READ);
    if (changed.length === 0) return new Map();
    const names = changed.map(([name]) => sqlString(String(name))).join(", ");
    const rows = await this.#client.inspect(
      `SELECT Name, argMax(Content, At), toString(max(At)) FROM ${this.#table} WHERE Name IN (${names}) GROUP BY Name`,
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
        (rows) => `INSERT INTO ${this.#table} SELECT Name, Content, now64(6) FROM ${rows} WHERE ${once}`,
      );
    } finally {
      rmSync(this.#file, { force: true });
    }
  }

  async #make(): Promise<void> {
    if (this.#made) return;
    const { facts } = this.#client;
    const isThere = `system.tables WHERE database = ${databaseSql(facts)} AND name = ${sqlString(this.#table)}`;
    // A server of a cluster that is away would be waited for.
    if (facts?.cluster === undefined || (await this.#client.inspect(`SELECT 1 FROM ${isThere}`)).length === 0) {
      const replicated = engineOf(facts, "ReplacingMergeTree", this.#table, true);
      await this.#client.run(
        `CREATE TABLE IF NOT EXISTS ${this.#table}${onCluster(facts)} (Name String, Content String, At DateTime64(6, 'UTC'))` +
          ` ENGINE = ${facts?.cluster === undefined ? "ReplacingMergeTree(At)" : replicated} ORDER BY Name`,
      );
    }
    this.#made = true;
  }
}
