import { rm, writeFile } from "node:fs/promises";
import {
  type AggregatePlan,
  type ColumnName,
  COLUMNS,
  columnsOfDimension,
  columnsOfFilter,
  encodeNative,
  type FlowBatch,
  NATIVE_TYPES,
  type Tier,
} from "@ngflow/flows";
import { BLOCK_COLUMN, columnDefinitions } from "./ddl.ts";
import { ms, time } from "./spread.ts";
import type { SqlClient } from "./sql-client.ts";

/** Flows that exporters of this machine have under way, as they will be exported. */
export interface LiveFlows {
  /** Rows; times are whole seconds, rounded down. Only these columns have values. */
  readonly batch: FlowBatch;
  /** When they were looked at, Unix milliseconds. */
  readonly atMs: number;
}

/** What of a live flow is the same as in its record later. */
const LIVE_COLUMNS: ReadonlySet<ColumnName> = new Set([
  "TimeStart",
  "TimeEnd",
  "ExporterAddr",
  "IpVersion",
  "SrcAddr",
  "DstAddr",
  "SrcPort",
  "DstPort",
  "Proto",
  "Tos",
  "TcpFlags",
  "InIf",
  "OutIf",
  "Bytes",
  "Packets",
] as const);
/** What makes a record that of a flow, with the second of its start. */
const SAME = "ExporterAddr, SrcAddr, DstAddr, SrcPort, DstPort, Proto";
/** Records on the way when a cache was looked at came at most so long before. */
const BEFORE_MS = 10_000;
const STRUCTURE = COLUMNS.map(({ name, kind }) => `${name} ${NATIVE_TYPES[kind]}`).join(", ");

/** Live flows that a statement reads. */
export interface LiveRows {
  readonly table: string;
  readonly condition: string;
  readonly atMs: number;
  readonly generation: number;
}

/**
 * Flows under way, in the memory of the database. Two tables take turns: the one that is filled is not the one that
 * queries read. A query that took longer than two turns asks `has`, and starts again.
 */
export class LiveTable {
  readonly #client: SqlClient;
  readonly #file: string;
  readonly #flows: Tier;
  #made = false;
  #generation = 0;
  #held: { readonly atMs: number; readonly fromMs: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param file a path for the rows on their way into the database */
  constructor(client: SqlClient, file: string, flows: Tier) {
    this.#client = client;
    this.#file = file;
    this.#flows = flows;
  }

  /** Replaces the flows. @throws SqlError, and the system's error if the file cannot be written: none are held then. */
  hold(flows: LiveFlows | null): Promise<void> {
    const held = this.#turn.then(() => this.#hold(flows));
    this.#turn = held.catch(() => undefined);
    return held;
  }

  /** The flows that a plan reads besides; undefined if it asks for what they do not have, or none are in its range. */
  of(plan: AggregatePlan): LiveRows | undefined {
    const held = this.#held;
    if (held === undefined || plan.toMs <= held.fromMs || plan.arrival) return undefined;
    if (!["bytes", "packets", "bpp"].includes(plan.measure.kind)) return undefined;
    const needed = [...plan.by.flatMap(columnsOfDimension), ...columnsOfFilter(plan.where)];
    if (!needed.every((name) => LIVE_COLUMNS.has(name))) return undefined;
    // A filter on counters or times of a flow is about the whole flow, which is not known yet.
    if (columnsOfFilter(plan.where).some((name) => PER_FLOW.has(name))) return undefined;
    return { table: this.#table, condition: this.#unstored(held.atMs), atMs: held.atMs, generation: this.#generation };
  }

  /** Whether the rows are still there that a statement has read. */
  has({ generation }: LiveRows): boolean {
    return this.#generation <= generation + 1;
  }

  get #table(): string {
    return tableOf(this.#generation);
  }

  /** Of a flow whose record is stored, the record counts. */
  #unstored(atMs: number): string {
    const second = (column: string): string => `intDiv(${ms(column)}, 1000)`;
    return (
      `(${SAME}, ${second("TimeStart")}) NOT IN (SELECT ${SAME}, arrayJoin([${second("TimeStart")}, ${second("TimeStart")} - 1])` +
      ` FROM ${this.#flows.table} WHERE TimeReceived >= ${time(atMs - BEFORE_MS)})`
    );
  }

  async #hold(flows: LiveFlows | null): Promise<void> {
    this.#held = undefined;
    // A server may have the tables of several machines.
    if (this.#client.directory === undefined || flows === null || flows.batch.rows === 0) return;
    const { batch, atMs } = flows;
    await this.#make();
    const next = tableOf(this.#generation + 1);
    await this.#client.run(`TRUNCATE TABLE ${next}`);
    try {
      await writeFile(this.#file, Buffer.concat(encodeNative(batch.bytes, batch.rows)), { mode: 0o640 });
      const names = COLUMNS.map(({ name }) => name).join(", ");
      const file = { path: this.#file, format: "Native", structure: STRUCTURE } as const;
      await this.#client.over(file, (rows) => `INSERT INTO ${next} (${names}) SELECT ${names} FROM ${rows}`);
    } finally {
      await rm(this.#file, { force: true });
    }
    this.#generation++;
    this.#held = { atMs, fromMs: firstMs(batch) };
  }

  async #make(): Promise<void> {
    if (this.#made) return;
    const columns = [...columnDefinitions(this.#flows)].filter(([name]) => name !== BLOCK_COLUMN);
    const definitions = columns.map(([, definition]) => definition.replace(/ CODEC\(.*$/, "")).join(", ");
    for (const generation of [0, 1]) {
      await this.#client.run(`DROP TABLE IF EXISTS ${tableOf(generation)} SYNC`);
      await this.#client.run(`CREATE TABLE ${tableOf(generation)} (${definitions}) ENGINE = Memory`);
    }
    this.#made = true;
  }
}

const PER_FLOW: ReadonlySet<ColumnName> = new Set(["TimeStart", "TimeEnd", "Bytes", "Packets"] as const);
const tableOf = (generation: number): string => `flows_live_${generation % 2}`;

/** The earliest start. */
function firstMs({ columns: { TimeStart }, rows }: FlowBatch): number {
  let first = Number.POSITIVE_INFINITY;
  for (let row = 0; row < rows; row++) first = Math.min(first, TimeStart[2 * row]! + TimeStart[2 * row + 1]! * 2 ** 32);
  return first;
}
