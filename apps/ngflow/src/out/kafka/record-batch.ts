import { gzipSync } from "node:zlib";
import { ByteWriter } from "./bytes.ts";
import { crc32c } from "./crc32c.ts";

/** Who sent a batch: what a broker knows a repeated one by. */
export interface BatchIdentity {
  /** -1: the broker knows no producers. */
  readonly producerId: bigint;
  readonly epoch: number;
  /** Number of the first message of the batch in its partition; -1 without a producer. */
  readonly sequence: number;
}

/** Compression in the attributes of a batch. */
const CODECS = { none: 0, gzip: 1 } as const;
export type Compression = keyof typeof CODECS;

/** Only this layout carries identities; brokers have taken it since Kafka 0.11. */
const MAGIC = 2;
/** What a batch has before its checksum, and after the field of its length. */
const BEFORE_CRC = 4 + 1 + 4;

/**
 * Messages without keys as one batch of records, in the layout of version 2 (Kafka's "Record Batch").
 *
 * @param timeMs when the messages were made, Unix milliseconds
 */
export function recordBatch(
  values: readonly Uint8Array[],
  { producerId, epoch, sequence }: BatchIdentity,
  timeMs: number,
  compression: Compression,
): Buffer {
  const records = new ByteWriter();
  for (const [i, value] of values.entries()) {
    const record = new ByteWriter().int8(0).varint(0).varint(i).varint(-1).varint(value.length).raw(value).varint(0);
    const bytes = record.done();
    records.varint(bytes.length).raw(bytes);
  }
  const body = compression === "gzip" ? gzipSync(records.done()) : records.done();
  const time = BigInt(timeMs);
  const checked = new ByteWriter()
    .int16(CODECS[compression])
    .int32(values.length - 1)
    .int64(time)
    .int64(time)
    .int64(producerId)
    .int16(epoch)
    .int32(sequence)
    .int32(values.length)
    .raw(body)
    .done();
  return new ByteWriter()
    .int64(0n)
    .int32(BEFORE_CRC + checked.length)
    .int32(-1)
    .int8(MAGIC)
    .uint32(crc32c(checked))
    .raw(checked)
    .done();
}
