import { createServerBackend } from "../clickhouse-http/backend.ts";
import type { SqlClient } from "../clickhouse/sql-client.ts";
import { Documents } from "./documents.ts";
import { Lease } from "./lease.ts";

/** Where several processes share texts, and choose one of them. */
export interface SharedPlace {
  /** `clickhouse://USER@HOST:PORT/DATABASE`. */
  readonly url: string;
  readonly passwordFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** A database of a server that several processes share. It is connected when it is first used. */
export class SharedDatabase {
  readonly #place: SharedPlace;
  readonly #file: string;
  readonly #of: string;
  #opening: Promise<{ client: SqlClient; lease: Lease; documents: Documents }> | undefined;
  #lease: Lease | undefined;

  /**
   * @param file a path that only this process writes
   * @param of begins the names of its tables, behind `ngflow_`: processes that share other things do not meet here
   * @throws StoreError `store-url`
   */
  constructor(place: SharedPlace, file: string, of = "") {
    this.#of = of;
    this.#place = place;
    this.#file = file;
    createServerBackend(place);
  }

  /** Whether this process is the chosen one now. */
  get holds(): boolean {
    return this.#lease?.holds ?? false;
  }

  /** @throws StoreError, SqlError. */
  async beat(): Promise<void> {
    await (await this.#open()).lease.beat();
  }

  /** Texts that were written since the last call. @throws StoreError, SqlError. */
  async changes(): Promise<ReadonlyMap<string, string>> {
    return (await this.#open()).documents.changes();
  }

  /** @throws StoreError, SqlError. */
  async put(texts: ReadonlyMap<string, string>): Promise<void> {
    await (await this.#open()).documents.put(texts);
  }

  async stop(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.lease.end().catch(() => undefined);
    await opened?.client.close();
  }

  #open(): Promise<{ client: SqlClient; lease: Lease; documents: Documents }> {
    this.#opening ??= createServerBackend(this.#place)
      .open()
      .then((client) => {
        this.#lease = new Lease(client, `ngflow_${this.#of}lease`);
        return {
          client,
          lease: this.#lease,
          documents: new Documents(client, this.#file, `ngflow_${this.#of}documents`),
        };
      });
    // One that could not be reached is tried again.
    this.#opening.catch(() => (this.#opening = undefined));
    return this.#opening;
  }
}
