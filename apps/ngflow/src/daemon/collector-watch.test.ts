import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CollectorWatch } from "./collector-watch.ts";
import { serveState } from "./state-socket.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-watch-"));
  path = join(directory, "collect.sock");
});
afterEach(() => rmSync(directory, { recursive: true }));

const state = (count: number) => ({
  pid: 1,
  collector: { counters: { count }, lastSeenMs: null },
  spool: { counters: {}, lastSeenMs: null },
});
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A collector that answers the first question only. */
async function standing(): Promise<{ server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.once("data", () => {
      socket.write(`${JSON.stringify(state(7))}\n`);
      socket.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { server, sockets };
}

it("gives the last state of a collector that stands still, with its age, and waits for it once", async () => {
  const { server, sockets } = await standing();
  const watch = new CollectorWatch([path], directory);
  expect(await watch.state()).toMatchObject({ collector: { counters: { count: 7 } } });
  await sleep(100);
  const asked = performance.now();
  const late = await watch.state();
  expect(late!.collector.counters).toEqual({ count: 7 });
  expect(late!.ageMs).toBeGreaterThan(300);
  for (let i = 0; i < 20; i++) await watch.state();
  expect(performance.now() - asked).toBeLessThan(1500);
  sockets[0]!.destroy();
  await expect.poll(() => watch.state()).toBeNull();
  watch.close();
  server.close();
});

it("skips a path that cannot be looked at", async () => {
  symlinkSync("loop", join(directory, "loop"));
  const { server, sockets } = await standing();
  const watch = new CollectorWatch([join(directory, "loop/collect.sock"), path], directory);
  expect(await watch.state()).toMatchObject({ collector: { counters: { count: 7 } } });
  watch.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

it("finds a collector that starts later, and one that starts again", async () => {
  const watch = new CollectorWatch([join(directory, "none.sock"), path], directory);
  expect(await watch.state()).toBeNull();
  for (const count of [1, 2]) {
    const socket = await serveState([path], { state: () => state(count) });
    await expect.poll(async () => (await watch.state())?.collector.counters["count"], { timeout: 5000 }).toBe(count);
    await socket.close();
    await expect.poll(() => watch.state()).toBeNull();
  }
  watch.close();
});

it("gives a list that is longer than a socket's buffer whole, and states in between", async () => {
  const exporters = Array.from({ length: 20_000 }, (_, i) => ({ address: `10.0.0.${i}`, name: "é".repeat(20) }));
  const watch = new CollectorWatch([path], directory);
  expect(await watch.exporters()).toBeNull();
  let made = 0;
  const madeAtState: number[] = [];
  const socket = await serveState([path], {
    state: () => (madeAtState.push(made), state(1)),
    *list() {
      for (const each of exporters) {
        made++;
        yield each;
      }
    },
  });
  let isDone = false;
  const list = watch.exporters().finally(() => (isDone = true));
  while (!isDone) {
    await watch.state();
    await new Promise(setImmediate);
  }
  expect(await list).toEqual(exporters);
  expect(madeAtState.some((count) => count > 0 && count < exporters.length)).toBe(true);
  watch.close();
  await socket.close();
});

it("removes the sockets that killed collectors have left, and no others", async () => {
  const at = (digit: string): string => join(directory, `collect-${digit}.sock`);
  const living = await serveState([at("a")], { state: () => state(1) });
  const past = new Date(Date.now() - 60_000);
  for (const digit of ["b", "c"]) {
    const script = `require("node:net").createServer().listen(${JSON.stringify(at(digit))}, () => process.abort())`;
    expect(spawnSync("sh", ["-c", 'ulimit -c 0; exec "$0" -e "$1"', process.execPath, script]).status).not.toBe(0);
  }
  for (const digit of ["a", "b"]) utimesSync(at(digit), past, past);
  const own = await serveState([at("d")], { state: () => state(2) });
  await expect.poll(() => readdirSync(directory).sort()).toEqual(["a", "c", "d"].map((each) => `collect-${each}.sock`));
  await living.close();
  await own.close();
});
