import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Background, run, sleep } from "../support/command.ts";
import { attacks } from "./support/attack.ts";
import { prepare, processesWith, start, verb } from "./support/target.ts";

/** A child that is alive so long after its parent's end has been left behind. */
const GRACE_MS = 5000;
/** The daemon is killed at some moment of its start, or a little later; the time of one start is 1. */
const MOMENTS = 1.2;

/** How long a daemon takes until it is ready, in milliseconds. */
async function startMs(words: readonly string[]): Promise<number> {
  const fromMs = Date.now();
  const daemon = await start(words, "console  ");
  const ms = Date.now() - fromMs;
  await daemon.stop();
  return ms;
}

/** Rounds at whose end a child of a killed daemon still runs. */
async function orphaned(words: (folder: string) => string[], folder: string, rounds: number): Promise<number> {
  prepare(folder);
  const lastMs = MOMENTS * (await startMs(words(folder)));
  let left = 0;
  for (let round = 0; round < rounds; round++) {
    const own = join(folder, String(round));
    mkdirSync(own);
    chmodSync(own, 0o755);
    const daemon = new Background(words(own));
    // Spread over the time evenly, in an order that does not follow the rounds.
    await sleep((((round * 37) % rounds) / rounds) * lastMs);
    run(["kill", "-KILL", String(daemon.pid)]);
    const endMs = Date.now() + GRACE_MS;
    let pids = processesWith(own);
    while (pids.length > 0 && Date.now() < endMs) {
      await sleep(50);
      pids = processesWith(own);
    }
    if (pids.length > 0) left += 1;
    for (const pid of pids) run(["kill", "-KILL", String(pid)]);
  }
  return left;
}

const where = (folder: string): string[] => ["--http", "127.0.0.1:0", "--control", join(folder, "control.sock")];

attacks("orphans", [
  {
    name: "demo",
    does: "ngflow demo is killed at some moment of its start",
    unit: "rounds with a child left",
    before: 20,
    bar: 0,
    rounds: { short: 3, long: 100 },
    seconds: 600,
    run: ({ folder, rounds }) => orphaned((own) => verb("demo", own, ...where(own)), folder, rounds),
  },
  {
    name: "up",
    does: "ngflow up on the loopback interface is killed at some moment of its start",
    unit: "rounds with a child left",
    before: 14,
    bar: 0,
    rounds: { short: 0, long: 50 },
    seconds: 400,
    run: ({ folder, rounds }) => orphaned((own) => verb("up", own, "--interface", "lo", ...where(own)), folder, rounds),
  },
]);
