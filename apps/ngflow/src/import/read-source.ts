import { setImmediate as nextTurn } from "node:timers/promises";
import { createCollector } from "@ngflow/collector";
import { silentLog } from "@ngflow/base";
import { columnByName, FlowBatch, type LearnedName } from "@ngflow/flows";
import { storeFiles } from "../daemon/store-files.ts";
import { systemClock } from "../daemon/clock.ts";
import { DecodeError } from "../decode/errors.ts";
import { decompressed } from "./content.ts";
import { ImportError } from "./errors.ts";
import { appendRecord } from "./nfdump-row.ts";
import { nfdumpRecords } from "./nfdump-text.ts";
import type { Stage } from "./stage.ts";

/** What a file has. */
export type SourceKind = "datagrams" | "nfdump";

/** How a file is read. */
export interface Reading {
  readonly stage: Stage;
  /** Whether to stop. */
  readonly stopped: () => boolean;
  /** Makes what was read so far durable. */
  readonly step: () => Promise<void>;
  /** Counts what was left out, by reason. */
  readonly skipped: (reason: string, count: number) => void;
  /** Keeps the names that exporters sent in options. */
  readonly named: (names: readonly LearnedName[]) => Promise<void>;
}

const BATCH_ROWS = 4096;
const HEAD_BYTES = 4096;

/** The kind of a file, by its first bytes; those that are not text are for the decoder, which knows what they are. */
export async function kindOf(file: string): Promise<SourceKind> {
  let head = "";
  try {
    for await (const piece of decompressed(file)) {
      head = Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.length, HEAD_BYTES)).toString("latin1");
      break;
    }
  } catch (error) {
    // Damaged: what reads it says so.
    if (!(error instanceof DecodeError)) throw error;
  }
  return /^\s*(\[|\{\s*"|ts,te,td,|No matching flows)/.test(head) ? "nfdump" : "datagrams";
}

/** Reads a source into the stage. @throws NgflowError the fault of the file; what is before it was read. */
export async function readSource(kind: SourceKind, file: string, reading: Reading): Promise<void> {
  await (kind === "nfdump" ? readNfdump(file, reading) : readDatagrams(file, reading));
}

async function readNfdump(file: string, { stage, stopped, step, skipped }: Reading): Promise<void> {
  const batch = new FlowBatch(BATCH_ROWS);
  const flush = async (): Promise<void> => {
    stage.write(batch);
    batch.clear();
    if (stage.fill >= 1) await step();
    else await nextTurn();
  };
  let items = 0;
  try {
    for await (const item of nfdumpRecords(file, protocolNumber)) {
      if (stopped()) break;
      items++;
      const fault = "fault" in item ? item.fault : appendRecord(batch, item.record);
      if (fault !== undefined) {
        // What was set of a row that is not one.
        batch.rows++;
        clearLast(batch);
        skipped(fault, 1);
      }
      if (batch.rows === BATCH_ROWS) await flush();
    }
  } finally {
    if (batch.rows > 0) await flush();
  }
  if (items === 0 && !stopped()) skipped("no records", 1);
}

/** Removes the last row. */
function clearLast(batch: FlowBatch): void {
  batch.rows--;
  const row = batch.rows;
  for (const bytes of batch.bytes) {
    const width = bytes.length / batch.capacity;
    bytes.fill(0, row * width, (row + 1) * width);
  }
}

/** Names of protocols in nfdump's CSV that are not IANA's, lower case. */
const NFDUMP_PROTOCOLS: Readonly<Record<string, number>> = {
  hopop6: 0,
  ipip: 4,
  rte6: 43,
  frag6: 44,
  nnhd: 59,
  dopt6: 60,
  "udp-l": 136,
  udplt: 136,
};
const PROTOCOLS = columnByName("Proto").names!;

/** The number of a protocol by its name or number. */
function protocolNumber(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const name = text.toLowerCase();
  const known = NFDUMP_PROTOCOLS[name] ?? PROTOCOLS.synonyms?.[name];
  if (known !== undefined) return known;
  const found = Object.entries(PROTOCOLS.byValue).find(([, iana]) => iana === name);
  return found === undefined ? undefined : Number(found[0]);
}

async function readDatagrams(file: string, { stage, stopped, step, skipped, named }: Reading): Promise<void> {
  const collector = createCollector(
    { listen: [], exporterRate: 0 },
    { sink: stage, clock: systemClock, log: silentLog },
  );
  await collector.start();
  let due: Promise<void> | undefined;
  let failed: unknown;
  const fill = (): number => {
    if (stage.fill < 1 && due === undefined) return 0;
    due ??= step()
      .catch((error: unknown) => void (failed = error))
      .finally(() => (due = undefined));
    return 1;
  };
  const store = { collector, fill };
  const events = {
    stopped: () => stopped() || failed !== undefined,
    waits: () => undefined,
    damaged: (_file: string, message: string) => skipped(message.replace(`${file}: `, ""), 1),
  };
  try {
    await storeFiles([file], store, events);
  } finally {
    await collector.drain();
    countLost(collector.counters(), skipped);
    await named(collector.names());
    await collector.stop();
    await due;
  }
  if (failed !== undefined)
    throw failed instanceof Error ? failed : new ImportError("import-directory", String(failed));
}

/** Counters of the collector for what did not become rows. */
const LOST: Readonly<Record<string, string>> = {
  malformed: "malformed headers, sets and records",
  setsHeld: "data sets without a template",
  setsHeldExpired: "data sets without a template",
  recordsWithoutKey: "records that are not flows",
  recordsLost: "records lost before the capture (sequence gaps)",
  internalErrors: "datagrams that the decoder dropped",
};

function countLost(counters: Readonly<Record<string, number>>, skipped: Reading["skipped"]): void {
  for (const [name, reason] of Object.entries(LOST)) {
    const count = counters[name] ?? 0;
    if (count > 0) skipped(reason, count);
  }
}
