import { join } from "node:path";
import { sleep } from "../support/command.ts";
import { attacks, type Attack } from "./support/attack.ts";
import { NGCTL, NGFLOW, prepare, probe, start, startServe, succeeds } from "./support/target.ts";

/** How long a client that should be answered waits. */
const PATIENCE_MS = 30_000;
/** How many clients ask, 250 ms after each other's answers. */
const ASKED = { short: 10, long: 50 };

/** Longest time in seconds that `ask` took; Infinity if one attempt failed. */
async function longest(asked: number, ask: () => Promise<boolean> | boolean): Promise<number> {
  let worst = 0;
  for (let i = 0; i < asked; i++) {
    const fromMs = Date.now();
    const answered = await ask();
    if (!answered) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, Date.now() - fromMs);
    await sleep(250);
  }
  return worst / 1000;
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { connection: "close" } });
    await answer.text();
    return answer.ok;
  } catch {
    return false;
  }
}

interface Crowd extends Pick<Attack, "name" | "does" | "before" | "rounds"> {
  readonly clients: number;
  /** What each sends, and how often it sends one more byte. */
  readonly sends?: readonly string[];
}

const CROWDS: readonly Crowd[] = [
  { name: "http-idle", does: "1,100 connections that send nothing", before: Number.POSITIVE_INFINITY, clients: 1100 },
  {
    name: "http-slow",
    does: "1,100 requests that send a byte of a header every 2 s",
    before: Number.POSITIVE_INFINITY,
    clients: 1100,
    sends: ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", "2000"],
    rounds: { ...ASKED, short: 0 },
  },
  {
    name: "http-10k",
    does: "10,000 connections that send nothing",
    before: Number.POSITIVE_INFINITY,
    clients: 10_000,
    rounds: { ...ASKED, short: 0 },
  },
];

attacks("lockouts", [
  ...CROWDS.map(({ name, does, before, clients, sends = [], rounds = ASKED }): Attack => ({
    name,
    does: `${does}, to the console`,
    unit: "s until /metrics answers",
    before,
    bar: 1,
    rounds,
    seconds: 120,
    async run({ folder, rounds: asked }) {
      const { url } = await startServe(folder);
      const { port } = new URL(url);
      await start(probe("connect", port, String(clients), ...sends), "ready");
      await sleep(1000);
      return longest(asked, () => answers(`${url}/metrics`));
    },
  })),
  {
    name: "control",
    does: "1,000 clients of the control socket that send nothing",
    unit: "s longer for ngctl list",
    before: Number.POSITIVE_INFINITY,
    bar: 1,
    rounds: ASKED,
    seconds: 120,
    async run({ folder, rounds: asked }) {
      prepare(folder);
      const control = join(folder, "control.sock");
      await start([...NGFLOW, "graph", "--demo", "1", "--control", control], "control  ");
      const list = (): boolean => succeeds([...NGCTL, "--control", control, "list"]);
      const fromMs = Date.now();
      for (let i = 0; i < 5; i++) list();
      const usual = (Date.now() - fromMs) / 5000;
      await start(probe("connect", control, "1000"), "ready");
      await sleep(1000);
      return (await longest(asked, list)) - usual;
    },
  },
]);
