import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { GraphWatch } from "./graph-watch.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-watch-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it("answers null for a graph that stands still, and does not wait for it again at once", async () => {
  const path = join(directory, "control.sock");
  const still = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => still.listen(path, resolve));
  const watch = new GraphWatch(path);
  expect(await watch.snapshot()).toBeNull();
  let connections = 0;
  still.on("connection", () => connections++);
  expect(await watch.snapshot()).toBeNull();
  expect(connections).toBe(0);
  await watch.close();
  await new Promise((resolve) => still.close(resolve));
});
