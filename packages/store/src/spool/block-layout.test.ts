import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { encodeNative, nativeDictionary } from "@ngflow/flows";
import { afterEach, beforeEach, expect, it } from "vitest";
import { batchOf } from "../testing/rows.ts";
import { checkLayout, type TimeRange } from "./block-layout.ts";

const ROWS = 200;
const FIRST_MS = 1_700_000_000_000;

/** Few addresses: one kind is IPv4 only, the other has both. */
function block(): Buffer {
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    TimeReceived: FIRST_MS + i,
    ExporterAddr: `192.0.2.${i % 7}`,
    NextHop: i % 2 === 0 ? "10.0.0.1" : "2001:db8::1",
    Proto: 6,
  }));
  const batch = batchOf(rows);
  return Buffer.concat(encodeNative(batch.bytes, ROWS));
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "ngflow-layout-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function check(bytes: Uint8Array): Promise<TimeRange | string> {
  const file = path.join(directory, "block");
  await writeFile(file, bytes);
  const handle = await open(file, "r");
  try {
    return await checkLayout(handle, bytes.length);
  } finally {
    await handle.close();
  }
}

const after = (bytes: Buffer, text: string): number => bytes.indexOf(text) + text.length;

it("columns with a dictionary are of a block", async () => {
  expect(await check(block())).toEqual({ minMs: FIRST_MS, maxMs: FIRST_MS + ROWS - 1 });
  for (const type of ["IPv4", "IPv6"]) expect(block().indexOf(nativeDictionary(type))).toBeGreaterThan(0);
});

it("times of reception with a dictionary tell when the rows were received", async () => {
  const rows = Array.from({ length: 2000 }, (_, i) => ({ TimeReceived: FIRST_MS + (i % 300), TimeStart: FIRST_MS }));
  const bytes = Buffer.concat(encodeNative(batchOf(rows).bytes, rows.length));
  const range = { minMs: FIRST_MS, maxMs: FIRST_MS + 299 };
  expect(await check(bytes)).toEqual(range);
  // 300 values of eight bytes, then the number of rows, then numbers of two bytes.
  const numbers = after(bytes, nativeDictionary("UInt64")) + 24 + 300 * 8 + 8;
  bytes.writeUInt16LE(299, numbers + 2 * 7);
  expect(await check(bytes)).toEqual(range);
  bytes.writeUInt16LE(300, numbers + 2 * 7);
  expect(await check(bytes)).toMatch(/TimeReceivedMs has a number without a value in row 7/);
});

it("a block that was cut is none", async () => {
  const whole = block();
  for (let length = 0; length < whole.length; length += 3) {
    expect([length, await check(whole.subarray(0, length))]).toEqual([length, expect.any(String)]);
  }
});

it("numbers without a value, another version, other counts are found", async () => {
  const changed = (at: number, value: number): Promise<TimeRange | string> => {
    const bytes = block();
    bytes.writeUInt32LE(value, after(bytes, nativeDictionary("IPv4")) + at);
    return check(bytes);
  };
  expect(await changed(0, 2)).toMatch(/ExporterAddr does not start as a dictionary/);
  expect(await changed(8, 0x602)).toMatch(/does not start as a dictionary/);
  expect(await changed(16, 257)).toMatch(/too many values/);
  // Seven values of four bytes come before the number of rows.
  const rows = 24 + 7 * 4;
  expect(await changed(rows, ROWS + 1)).toMatch(/another number of rows/);
  expect(await changed(rows + 8 + 100, 0x06060706)).toMatch(/a number without a value in row 101/);
});
