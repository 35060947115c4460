import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, NGFLOW, sleep } from "../support/command.ts";

/** How often two collectors are started together: 50 times with `NGFLOW_ROUNDS=50`. */
const ROUNDS = Number(process.env["NGFLOW_ROUNDS"] ?? 5);
const ROUND_MS = 30_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-lock-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test(
  `of two collectors that start together on a directory one runs, ${ROUNDS} times`,
  async () => {
    const words = [...NGFLOW, "collect", "--data", join(directory, "data"), "--listen", "127.0.0.1:0"];
    for (let round = 0; round < ROUNDS; round++) {
      const both = [new Background(words), new Background(words)];
      const isUp = (each: Background): boolean => each.stdout.includes("listening  ");
      const deadlineMs = Date.now() + ROUND_MS;
      while (!both.every((each) => isUp(each) || !each.running) && Date.now() < deadlineMs) await sleep(20);
      expect(both.filter(isUp), both.map(({ stderr }) => stderr).join("")).toHaveLength(1);
      const refused = await both.find((each) => !isUp(each))!.ended(ROUND_MS);
      expect([refused.status, refused.stderr]).toEqual([71, expect.stringMatching(/is used by the collector of /)]);
      const running = both.find(isUp)!;
      expect(running.running).toBe(true);
      // Every other round it is killed: what it leaves must not keep the next from starting.
      await running.stop(round % 2 === 0 ? "SIGTERM" : "SIGKILL");
    }
  },
  ROUNDS * 2 * ROUND_MS,
);

test("a second collector on the same ports is refused because of the directory, not of the port", async () => {
  const first = new Background([...NGFLOW, "collect", "--data", join(directory, "data"), "--listen", "127.0.0.1:0"]);
  await first.until("the collector", () => first.stdout.includes("listening  "));
  const state = JSON.parse(readFileSync(join(directory, "data/run/collect.json"), "utf8")) as { ports: number[] };
  const listen = `127.0.0.1:${state.ports[0]}`;
  const second = new Background([...NGFLOW, "collect", "--data", join(directory, "data"), "--listen", listen]);
  expect(await second.ended(ROUND_MS)).toMatchObject({
    status: 71,
    stderr: expect.stringMatching(/is used by the collector of /),
  });
  const other = new Background([...NGFLOW, "collect", "--data", join(directory, "other"), "--listen", listen]);
  expect(await other.ended(ROUND_MS)).toMatchObject({
    status: 71,
    stderr: expect.stringMatching(/is in use by another program/),
  });
  await first.stop();
});
