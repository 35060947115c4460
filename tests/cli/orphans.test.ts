import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, NGFLOW, sleep } from "../support/command.ts";

/** How often `ngflow demo` is killed: 100 times with `NGFLOW_KILLS=100`. */
const KILLS = Number(process.env["NGFLOW_KILLS"] ?? 10);
/** What a start may take on a busy machine. */
const START_MS = 30_000;
/** A child stops in order, so that what it holds is stored. */
const CHILD_ENDS_MS = 8000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-orphans-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The command lines of processes that name a directory. */
function using(path: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
      if (words.some((word) => word.includes(path))) found.push(`${pid} ${words.slice(2, 4).join(" ")}`);
    } catch {
      // It has just ended.
    }
  }
  return found;
}

test.runIf(process.platform === "linux")(
  `no process outlives an ngflow demo that is killed, ${KILLS} times`,
  async () => {
    const seen = new Set<string>();
    let startMs = 0;
    for (let round = 0; round < KILLS; round++) {
      const data = join(directory, `data-${round}`);
      const words = ["demo", "--data", data, "--http", "127.0.0.1:0", "--control", join(data, "c.sock")];
      const startedMs = Date.now();
      const demo = new Background([...NGFLOW, ...words]);
      // The first is killed when everything runs, the others on the way there.
      const killedMs = (startMs * round) / KILLS;
      if (round > 0) await sleep(killedMs);
      else await demo.until("the console", () => demo.stdout.includes("console  "), START_MS);
      if (round === 0) startMs = Date.now() - startedMs;
      for (const line of using(data)) seen.add(line.split(" ")[1]!);
      process.kill(demo.pid, "SIGKILL");
      const deadlineMs = Date.now() + CHILD_ENDS_MS;
      while (using(data).length > 0 && Date.now() < deadlineMs) await sleep(20);
      expect(using(data), `killed after ${round > 0 ? killedMs : startMs} ms`).toEqual([]);
      await demo.ended(1000);
    }
    // Without the children there would be nothing to see.
    expect([...seen].sort()).toEqual(["collect", "demo", "graph"]);
  },
  START_MS + KILLS * (START_MS + CHILD_ENDS_MS),
);
