import type { FlowReader, FlowsSpec } from "@ngflow/flows";
import type { Row } from "../../output/format.ts";
import { Pacer, type ReplayPace } from "../pacer.ts";
import type { ReplaySender } from "../replay-sender.ts";
import { FlowEncoder, type StoredFormat, type StoredSums } from "./flow-encoder.ts";
import { storedPages, timeOf } from "./stored-pages.ts";

/** Time of reception, in milliseconds, that the flows of a datagram may span. */
const SPAN_MS = 200;
/** Port that spoofed datagrams come from. */
const SOURCE_PORT = 2055;

/** How stored flows are sent. */
export interface StoredOptions {
  readonly format: StoredFormat;
  readonly pace: ReplayPace;
  /** Whether the datagrams go to a file: then their export times are the times of reception. */
  readonly isFile: boolean;
}

/** What was sent: flows with their bytes and packets, and the datagrams that carried them. */
export interface SentFlows extends Readonly<StoredSums> {
  readonly datagrams: number;
  readonly datagramBytes: number;
  /** What could not be read, a line each. */
  readonly problems: readonly string[];
}

/**
 * Sends stored flows in the order in which they were received. The datagrams are made again: the flows of each exporter
 * and domain are a stream of their own.
 */
export async function replayStored(
  reader: FlowReader,
  spec: FlowsSpec,
  sender: ReplaySender,
  { format, pace, isFile }: StoredOptions,
  stopped: Promise<unknown>,
): Promise<SentFlows> {
  const problems: string[] = [];
  const sums = { datagrams: 0, bytes: 0n, packets: 0n, records: 0, datagramBytes: 0 };
  const pacer = new Pacer(isFile ? { speed: Infinity, rate: undefined } : pace, stopped);
  const streams = new Map<string, { readonly encoder: FlowEncoder; readonly address: string }>();
  const streamOf = (row: Row) => {
    const address = String(row["ExporterAddr"]);
    const key = `${address} ${row["Domain"]}`;
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { encoder: new FlowEncoder(format, Number(row["Domain"]), !isFile, sums), address };
      streams.set(key, stream);
    }
    return stream;
  };
  let timeMs = 0;
  let spanFromMs = 0;
  let isGoingOn = true;
  const exportMs = (): number => (isFile ? timeMs : Date.now());
  const send = async (bytes: Uint8Array | undefined, address: string): Promise<void> => {
    if (bytes === undefined) return;
    if (pace.rate !== undefined) isGoingOn = await pacer.due(timeMs, sums.datagrams);
    await sender.send({ bytes, address, port: SOURCE_PORT, timeMs });
    sums.datagrams++;
    sums.datagramBytes += bytes.length;
  };
  const finishAll = async (): Promise<void> => {
    for (const { encoder, address } of streams.values()) await send(encoder.finish(exportMs()), address);
  };
  const note = (days: readonly string[]): void => {
    const line = `rows of ${days.join(", ")} are damaged and were not sent`;
    if (!problems.includes(line)) problems.push(line);
  };
  pages: for await (const rows of storedPages(reader, spec, note)) {
    for (const row of rows) {
      const rowMs = timeOf(row);
      if (rowMs >= spanFromMs + SPAN_MS || rowMs < spanFromMs) {
        await finishAll();
        spanFromMs = rowMs;
      }
      timeMs = rowMs;
      if (pace.rate === undefined) isGoingOn = await pacer.due(rowMs, sums.datagrams);
      if (!isGoingOn) break pages;
      const { encoder, address } = streamOf(row);
      await send(encoder.add(row, exportMs()), address);
    }
  }
  await finishAll();
  return { ...sums, problems };
}
