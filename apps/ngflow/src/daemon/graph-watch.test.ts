import { createServer, type Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CONTROL_VERSION, encodeFrame, encodeNumbers, FRAME, FrameReader, MAX_REQUEST } from "../control/frame.ts";
import { GraphWatch } from "./graph-watch.ts";
import { OwnGraph } from "./own-graph.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-watch-"));
  path = join(directory, "control.sock");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

/** A daemon with a graph of revision 3 that exports to port 2055, and answers the calls that `answers` allows. */
async function daemon(answers: (call: string) => boolean) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const reader = new FrameReader(MAX_REQUEST);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        const { kind, id, body } = frame;
        if (kind === FRAME.hello) {
          socket.write(encodeFrame(kind, id, [encodeNumbers(CONTROL_VERSION, 0)], MAX_REQUEST, "utf8"));
          continue;
        }
        const call = /[a-z]+/.exec(Buffer.from(body).toString())?.[0] ?? "";
        if (!answers(call)) continue;
        const answer = {
          snapshot: { revision: 3, timeMs: 1, nodes: [] },
          rebuild: { commands: [["msg", "netflow:export9", "connect", "inet/127.0.0.1:2055"]], beyond: [] },
        }[call];
        socket.write(encodeFrame(kind, id, [Buffer.from(JSON.stringify(answer))], MAX_REQUEST, "utf8"));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
}

it("answers null for a graph that stands still, and does not wait for it again at once", async () => {
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

it("answers the last snapshot for some seconds while the graph is slow, and nothing when it is gone", async () => {
  let isSlow = false;
  const stop = await daemon(() => !isSlow);
  const watch = new GraphWatch(path);
  const first = await watch.snapshot();
  expect(first).toMatchObject({ revision: 3 });
  isSlow = true;
  expect(await watch.snapshot()).toEqual(first);
  expect(await watch.snapshot()).toEqual(first);
  expect(await watch.history()).toBeNull();
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + 11_000);
  expect(await watch.snapshot()).toBeNull();
  vi.restoreAllMocks();
  await watch.close();
  await stop();

  isSlow = false;
  const stopSecond = await daemon(() => true);
  const second = new GraphWatch(path);
  expect(await second.snapshot()).not.toBeNull();
  await stopSecond();
  await expect.poll(() => second.snapshot()).toBeNull();
  await second.close();
});

it("keeps what it knows of a graph's ports while it is too slow to tell them", async () => {
  let isSlow = false;
  const stop = await daemon((call) => call !== "rebuild" || !isSlow);
  const watch = new GraphWatch(path);
  const graph = new OwnGraph(watch, () => Promise.resolve([2055]));
  const foreign = new OwnGraph(watch, () => Promise.resolve([4444]));
  expect(await graph.snapshot()).not.toBeNull();
  expect(await foreign.snapshot()).toBeNull();
  isSlow = true;
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + 6000);
  expect(await graph.snapshot()).not.toBeNull();
  expect(await foreign.snapshot()).toBeNull();
  vi.restoreAllMocks();
  await watch.close();
  await stop();
});
