import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openInput, readFully } from "./input.ts";

const LENGTH = 8 * 2 ** 20;

let folder: string;
let packed: string;
const content = new Uint8Array(LENGTH);
// Bytes that do not compress, the same in each run.
for (let i = 0, x = 1; i < LENGTH; i++) content[i] = (x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0) >>> 24;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-input-"));
  packed = join(folder, "a.gz");
  writeFileSync(packed, gzipSync(content, { level: 1 }));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

it("that is closed early reads nothing of the file that is opened next", async () => {
  for (let round = 0; round < 8; round++) {
    const early = await openInput(packed);
    await readFully(early, new Uint8Array(70_000));
    early.close();
    const next = await openInput(packed);
    await sleep(1);
    const all = new Uint8Array(LENGTH);
    expect(await readFully(next, all)).toBe(LENGTH);
    expect(Buffer.compare(all, content)).toBe(0);
    next.close();
  }
});

it("of a large file warns of nothing", async () => {
  const warned = vi.spyOn(process, "emitWarning");
  const input = await openInput(packed);
  expect(await readFully(input, new Uint8Array(LENGTH))).toBe(LENGTH);
  input.close();
  expect(warned.mock.calls).toEqual([]);
});
