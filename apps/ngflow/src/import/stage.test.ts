import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FlowBatch } from "@ngflow/flows";
import { parseBlockName } from "@ngflow/store";
import { Journal } from "./journal.ts";
import { Stage } from "./stage.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "ngflow-stage-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function batch(rows: number): FlowBatch {
  const made = new FlowBatch(rows);
  made.rows = rows;
  return made;
}

it("journals the rows that are in blocks, whatever comes while they are written", async () => {
  const spool = path.join(root, "spool");
  const stored = (): number => readdirSync(spool).reduce((sum, name) => sum + (parseBlockName(name)?.rows ?? 0), 0);
  const source = { id: "a", head: "b", bytes: 1, name: "c", kind: "datagrams", done: false };
  const journal = new Journal(path.join(root, "journal.ndjson"));
  const stage = new Stage(journal, path.join(root, "blocks"), spool, () => undefined);
  await stage.start();
  stage.begin(1000);
  stage.write(batch(1500));
  const step = stage.step(source);
  for (let i = 0; i < 20; i++) {
    stage.write(batch(18));
    await new Promise(setImmediate);
  }
  await step;
  expect(stored()).toBeGreaterThan(0);
  expect(journal.get("a")!.rows).toBe(1000 + stored());
  await stage.step({ ...source, done: true });
  expect(journal.get("a")!.rows).toBe(1500 + 20 * 18);
  expect(stored()).toBe(500 + 20 * 18);
  await stage.stop();
});
