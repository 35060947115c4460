import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ReadProgress } from "@ngflow/flows";
import { expect, it } from "vitest";
import { createChdbBackend } from "./backend.ts";

it("tells how far a long query is, and nothing of a short one", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "ngflow-progress-"));
  const client = await createChdbBackend(path.join(root, "store")).open();
  try {
    const told: ReadProgress[] = [];
    const caller = new AbortController();
    const progress = (read: ReadProgress): void => {
      told.push(read);
      if (told.length === 2) caller.abort();
    };
    await client.read("SELECT 1", { progress });
    expect(told).toEqual([]);
    const long = "SELECT max(sipHash64(number)) FROM numbers(10000000000)";
    await expect(client.read(long, { progress, signal: caller.signal })).rejects.toMatchObject({ clickhouseCode: 394 });
    const [first, second] = told as [ReadProgress, ReadProgress];
    expect(first.rows).toBeGreaterThan(0);
    expect(second.rows).toBeGreaterThan(first.rows);
    expect(second.rowsTotal).toBe(10_000_000_000);
    expect(second.elapsedMs).toBeGreaterThan(first.elapsedMs);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(told).toHaveLength(2);
  } finally {
    await client.close();
    await rm(root, { recursive: true, force: true });
  }
}, 30_000);
