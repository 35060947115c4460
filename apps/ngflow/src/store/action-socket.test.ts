import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FlowBatch } from "@ngflow/flows";
import { createSpool, createStore, spoolDirectory, type Store } from "@ngflow/store";
import type { StateSocket } from "../daemon/state-socket.ts";
import { askDaemonFor, serveActions } from "./action-socket.ts";
import { findingsText, repairText, statusText } from "./render.ts";

let root: string;
let store: Store;
let socket: StateSocket;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "ngflow-actions-"));
  for (let i = 0; i < 3; i++) {
    const spool = createSpool({ directory: spoolDirectory(root) });
    await spool.start();
    const batch = new FlowBatch(10);
    batch.rows = 10;
    spool.write(batch);
    await spool.stop();
  }
  store = createStore({ directory: root, ingest: false, retentionDays: 0 });
  await store.start();
  socket = await serveActions(root, store, async () => null);
});

afterEach(async () => {
  await socket.close();
  await store.stop();
  await rm(root, { recursive: true, force: true });
});

it("a daemon does the actions, with progress", async () => {
  await store.drain();
  const steps: number[][] = [];
  const status = await askDaemonFor(root, "status", () => undefined);
  expect(status!.tiers[0]).toMatchObject({
    name: "flows",
    keepDays: 0,
    rows: 30,
    from: "1970-01-01",
    to: "1970-01-01",
  });
  expect(statusText(status!)).toMatch(/^tier .*\nflows +forever +1970-01-01 +1970-01-01 +30 /);
  expect(
    Math.max(
      ...statusText(status!)
        .split("\n")
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
  const compacted = await askDaemonFor(root, "compact", (...step) => steps.push(step));
  expect(compacted!.tiers[0]!.rows).toBe(30);
  const findings = await askDaemonFor(root, "verify", (...step) => steps.push(step));
  expect(findingsText(findings!)).toBe("every stored row is there and can be read\n");
  expect(steps).toContainEqual([0, 1]);
  expect((await store.stats()).partsTotal).toBe(1);
  const repair = await askDaemonFor(root, "repair", () => undefined);
  expect(repairText(repair!)).toMatch(/^taken back: 0 parts, 0 blocks\n/);
}, 60_000);

it("refuses what is not an action, and endless requests", async () => {
  for (const request of ["drop everything\n", "x".repeat(100)]) {
    const reader = connect(socket.path);
    reader.write(request);
    expect(JSON.parse(await text(reader))).toMatchObject({
      error: { message: expect.stringMatching(/does not know/) },
    });
  }
}, 60_000);

it("there is no answer without a daemon", async () => {
  await socket.close();
  expect(await askDaemonFor(root, "status", () => undefined)).toBeUndefined();
}, 60_000);
