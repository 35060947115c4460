import type { Row } from "./sql-text.ts";

/** Bytes of an answer that are made into rows at a time: a few milliseconds of work. */
const SLICE_BYTES = 16_384;
const LINE_FEED = 0x0a;

/** Rows of an answer in the format JSONCompactEachRow, some hundred at a time. */
export function* rowSlices(answer: Uint8Array, sliceBytes = SLICE_BYTES): Generator<Row[]> {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, from + sliceBytes);
    const to = end < 0 ? bytes.length : end + 1;
    // Line feeds in strings are escaped, so each of these ends a row.
    const lines = bytes.toString("utf8", from, to).trimEnd();
    if (lines !== "") yield JSON.parse(`[${lines.replaceAll("\n", ",")}]`) as Row[];
    from = to;
  }
}

/** All rows of a small answer. */
export function parseRows(answer: Uint8Array): Row[] {
  return [...rowSlices(answer)].flat();
}
