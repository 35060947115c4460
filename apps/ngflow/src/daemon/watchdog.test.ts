import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { ThreadBeat } from "./thread-beat.ts";
import { CHECK_MS, Watchdog, type WatchedPart } from "./watchdog.ts";

/** A watchdog whose time is set by the test. */
class Scene {
  nowMs = 5000;
  readonly lines: string[] = [];
  signs = 0;
  readonly beats: Record<string, number | null> = {};
  changes: Readonly<Record<string, number>>[] = [];
  readonly watchdog: Watchdog;

  constructor(...parts: readonly (Partial<WatchedPart> & { readonly name: string })[]) {
    for (const { name } of parts) this.beats[name] = 0;
    const write = (fields: object, message: string): void => {
      this.lines.push(`${message} ${(fields as { ms: number }).ms}`);
    };
    this.watchdog = new Watchdog(
      parts.map((part) => ({ beat: () => this.beats[part.name]!, ...part })),
      {
        log: { info() {}, warn: write, error() {} },
        alive: () => this.signs++,
        changed: (counters) => this.changes.push(counters),
        monotonicMs: () => this.nowMs,
      },
    );
  }

  /** Lets time pass, in which the named parts beat. */
  pass(ms: number, ...beating: readonly string[]): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += CHECK_MS;
      for (const name of beating) this.beats[name]! += 1;
      this.watchdog.check();
    }
  }
}

it("says nothing while all beat, and confirms it", () => {
  const scene = new Scene({ name: "graph" });
  scene.pass(60_000, "graph");
  expect(scene.lines).toEqual([]);
  expect(scene.signs).toBe(240);
  expect(scene.changes).toEqual([]);
  expect(scene.watchdog.ages()).toEqual([
    { part: "main", ageMs: 0, ok: true },
    { part: "graph", ageMs: 0, ok: true },
  ]);
});

it("names a part that stands still, once, and does not confirm meanwhile", () => {
  const scene = new Scene({ name: "graph" }, { name: "receive" });
  scene.pass(1000, "graph", "receive");
  const before = scene.signs;
  scene.pass(5000, "receive");
  expect(scene.lines).toEqual(["graph: no sign of life for a while 1250"]);
  expect(scene.signs - before).toBe(4);
  expect(scene.watchdog.ages()[1]).toEqual({ part: "graph", ageMs: 5000, ok: false });
  expect(scene.watchdog.counters()).toMatchObject({ graphStalls: 1, graphLongestStallMs: 5000, receiveStalls: 0 });
  scene.pass(1000, "graph", "receive");
  expect(scene.lines.slice(1)).toEqual(["graph: runs again after standing still 5250"]);
  expect(scene.watchdog.counters()).toEqual({
    mainStalls: 0,
    mainLongestStallMs: 0,
    graphStalls: 1,
    graphLongestStallMs: 5250,
    receiveStalls: 0,
    receiveLongestStallMs: 0,
  });
  expect(scene.changes.at(-1)).toEqual(scene.watchdog.counters());
});

it("counts its own thread, and blames nobody else for that time", () => {
  const scene = new Scene({ name: "graph" });
  scene.pass(1000, "graph");
  scene.nowMs += 4000;
  expect(scene.watchdog.ages()[0]).toEqual({ part: "main", ageMs: 4000, ok: false });
  scene.pass(1000, "graph");
  expect(scene.lines).toEqual(["main: runs again after standing still 4250"]);
  expect(scene.watchdog.counters()).toMatchObject({ mainStalls: 1, mainLongestStallMs: 4250, graphStalls: 0 });
});

it("gives a part its own patience, and none where there is nothing to watch", () => {
  const scene = new Scene({ name: "store", stallMs: 10_000 }, { name: "receive" });
  scene.beats["receive"] = null;
  scene.pass(10_000);
  expect(scene.lines).toEqual([]);
  scene.pass(1000);
  expect(scene.watchdog.counters()).toMatchObject({ storeStalls: 1, receiveStalls: 0 });
});

it("sees a real thread that loops", { timeout: 20_000 }, async () => {
  const beat = new ThreadBeat();
  const source = `
    const { workerData } = require("node:worker_threads");
    const words = new Int32Array(workerData);
    setInterval(() => Atomics.add(words, 0, 1), 50);
    setTimeout(() => { for (const end = Date.now() + 2000; Date.now() < end; ); }, 500);
  `;
  const worker = new Worker(source, { eval: true, workerData: beat.memory });
  const lines: string[] = [];
  const log = { info() {}, warn: (_: object, message: string) => void lines.push(message), error() {} };
  const watchdog = new Watchdog([{ name: "graph", beat: () => beat.read() }], { log }).start();
  await expect.poll(() => lines.filter((line) => line.startsWith("graph")), { timeout: 15_000 }).toHaveLength(2);
  watchdog.stop();
  await worker.terminate();
  expect(watchdog.counters()["graphLongestStallMs"]).toBeGreaterThan(1500);
});
