import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlockName } from "../spool/block-name.ts";
import { Ledger } from "./ledger.ts";

let root: string;
let file: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-ledger-"));
  file = path.join(root, "ledger.json");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const block = (id: string, rows: number, total: number | null): BlockName => ({
  madeMs: 1,
  sequence: 0,
  id: id.padStart(16, "0"),
  rows,
  total,
  crc32: 0,
});
const everyDay = (): boolean => true;
const on = (day: string, rows: number): Map<string, number> => new Map([[day, rows]]);

describe("ledger", () => {
  it("is as it was when it is opened again", async () => {
    const { ledger, known } = await Ledger.open(file);
    expect(known).toBe(false);
    ledger.see([block("1", 10, 10)]);
    ledger.store(block("1", 10, 10), on("2026-01-02", 10), 5, everyDay);
    ledger.setAside(block("2", 20, 30));
    ledger.drop("2026-01-02", "age");
    ledger.clockMs = 7;
    await ledger.save();
    expect(await readdir(root)).toEqual(["ledger.json"]);
    const again = await Ledger.open(file);
    expect(again.known).toBe(true);
    expect(again.ledger.sums([])).toEqual(ledger.sums([]));
    expect(again.ledger.dropping).toEqual({ day: "2026-01-02", rule: "age" });
    expect(again.ledger.clockMs).toBe(7);
    expect(again.ledger.isSettled("1".padStart(16, "0"))).toBe(true);
    expect(again.ledger.dropped()).toBe(10);
    expect(again.ledger.sums([])).toEqual({ acknowledged: 30, stored: 0, dropped: 10, damaged: 20, waiting: 0 });
  });

  it("is not known if its file is not a ledger", async () => {
    for (const text of ["", "{", "null", "[]", '{"version":2}']) {
      await writeFile(file, text);
      expect([text, (await Ledger.open(file)).known]).toEqual([text, false]);
    }
  });

  it("starts with what was there before it, whatever was acknowledged then", async () => {
    const { ledger } = await Ledger.open(file);
    ledger.adopt(on("2026-01-01", 100));
    ledger.see([block("2", 10, 5020), block("1", 10, 5010)]);
    expect(ledger.sums([block("1", 10, 5010)])).toEqual({
      acknowledged: 110,
      stored: 100,
      dropped: 0,
      damaged: 0,
      waiting: 10,
    });
    ledger.store(block("1", 10, 5010), on("2026-01-02", 10), 0, everyDay);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 110, stored: 110, damaged: 0 });
    ledger.store(block("3", 10, 5040), on("2026-01-02", 10), 0, everyDay);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 140, stored: 120, damaged: 20 });
  });

  it("counts what the database lost, and finds it again", async () => {
    const { ledger } = await Ledger.open(file);
    ledger.store(block("1", 10, 10), on("2026-01-02", 10), 0, everyDay);
    ledger.store(block("2", 20, 30), on("2026-01-03", 20), 0, everyDay);
    ledger.compare(on("2026-01-03", 15));
    expect([...ledger.missing]).toEqual([
      ["2026-01-02", 10],
      ["2026-01-03", 5],
    ]);
    expect(ledger.sums([])).toEqual({ acknowledged: 30, stored: 15, dropped: 0, damaged: 15, waiting: 0 });
    // What was lost before is not dropped by a rule.
    ledger.drop("2026-01-03", "quota");
    expect(ledger.dropped()).toBe(15);
    expect(ledger.sums([])).toEqual({ acknowledged: 30, stored: 0, dropped: 15, damaged: 15, waiting: 0 });
    ledger.compare(on("2026-01-02", 10));
    expect(ledger.sums([])).toEqual({ acknowledged: 30, stored: 10, dropped: 15, damaged: 5, waiting: 0 });
    ledger.compare(on("2026-01-02", 11));
    expect(ledger.excess).toBe(1);
  });

  it("believes the database, not the name of a block", async () => {
    const { ledger } = await Ledger.open(file);
    ledger.store(block("1", 10, 10), on("2026-01-02", 8), 0, everyDay);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 10, stored: 8, damaged: 2 });
    ledger.store(block("2", 10, 20), on("2026-01-02", 13), 0, everyDay);
    expect(ledger.sums([])).toMatchObject({ acknowledged: 23, stored: 21, damaged: 2 });
  });

  it("keeps the time of rows whose day is not plausible", async () => {
    const { ledger } = await Ledger.open(file);
    ledger.store(block("1", 1, 1), on("2047-06-24", 1), 77, () => false);
    ledger.store(block("2", 1, 2), on("2026-01-02", 1), 88, everyDay);
    expect(Object.fromEntries(ledger.days())).toEqual({
      "2047-06-24": { rows: 1, storedMs: 77 },
      "2026-01-02": { rows: 1, storedMs: null },
    });
  });
});
