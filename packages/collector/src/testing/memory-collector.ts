import { formatIp, formatMac } from "@ngflow/base";
import { COLUMNS, type FlowBatch, type FlowSink } from "@ngflow/flows";
import { type Collector, createCollector } from "../collector.ts";
import type { CollectorConfig } from "../config.ts";

/** A row as plain values: addresses and MACs as text, 64-bit columns as numbers. */
export type Row = Record<string, number | string> & { Extra: Record<string, string> };

/** A sink that keeps rows as plain objects; accepts at most `limit` rows per write. */
export class MemorySink implements FlowSink {
  readonly rows: Row[] = [];
  limit = Infinity;

  write(batch: FlowBatch): number {
    checkWritten(batch);
    const n = Math.min(batch.rows, this.limit);
    for (let i = 0; i < n; i++) this.rows.push(rowOf(batch, i));
    return n;
  }
}

/** @throws Error when a column has a value of which the batch does not know */
function checkWritten({ bytes, written }: FlowBatch): void {
  for (const [i, { name }] of COLUMNS.entries()) {
    if (written[i] === 0 && bytes[i]!.some((byte) => byte !== 0)) throw new Error(`${name} was written unnoticed`);
  }
}

/** Row `i` of a batch. */
export function rowOf(batch: FlowBatch, i: number): Row {
  const row = { Extra: extraOf(batch, i) } as Row;
  for (const { name, kind } of COLUMNS) {
    const column = batch.columns[name];
    const low = column[2 * i] ?? 0;
    const high = column[2 * i + 1] ?? 0;
    if (kind === "ip") row[name] = formatIp(column as Uint8Array, 16 * i);
    else if (kind === "mac") {
      const b = [high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low].map((byte) => byte & 0xff);
      row[name] = formatMac(Uint8Array.from(b));
    } else if (kind === "u64" || kind === "ms") row[name] = high * 2 ** 32 + low;
    else if (kind !== "map") row[name] = column[i]!;
  }
  return row;
}

function extraOf({ extra }: FlowBatch, row: number): Record<string, string> {
  const texts: Record<string, string> = {};
  for (let i = extra.firstOf(row); i < extra.count && extra.rows[i] === row; i++) {
    const { key, text } = extra.elements[extra.elementOf[i]!]!;
    const start = i === 0 ? 0 : extra.ends[i - 1]!;
    texts[key] = text(extra.bytes, start, extra.ends[i]! - start);
  }
  return texts;
}

/** A collector without sockets, with a settable clock, and the rows it wrote. */
export interface MemoryCollector {
  readonly collector: Collector;
  readonly sink: MemorySink;
  readonly log: { level: string; message: string }[];
  nowMs: number;
  /** Feeds a datagram and returns all rows so far. */
  receive(bytes: Uint8Array, address?: string, port?: number, connection?: number): Promise<Row[]>;
}

export function memoryCollector(config: CollectorConfig = {}): MemoryCollector {
  const sink = new MemorySink();
  const log: { level: string; message: string }[] = [];
  const note = (level: string) => (_fields: object, message: string) => void log.push({ level, message });
  const collector = createCollector(config, {
    sink,
    clock: { nowMs: () => memory.nowMs, monotonicMs: () => performance.now() },
    log: { info: note("info"), warn: note("warn"), error: note("error") },
  });
  const memory: MemoryCollector = {
    collector,
    sink,
    log,
    nowMs: 1_700_000_001_000,
    async receive(bytes, address = "192.0.2.1", port = 5000, connection = 0) {
      collector.receive(bytes, address, port, { connection });
      await collector.drain();
      return sink.rows;
    },
  };
  return memory;
}
