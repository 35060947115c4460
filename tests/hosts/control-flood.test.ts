import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, ROOT, sleep } from "../support/command.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("setpriv");

const GROUP = 4711;
const CLIENTS = 1000;
/** Longer than the daemon waits for a hello. */
const FLOOD_SECONDS = 12;
const LISTS = 10;
/** What a flood may add to the time of a command. */
const ANSWER_MS = 1000;

/** Opens connections, every other one with a hello; opens each again when it is closed, if asked to. */
const FLOOD = `
const { connect } = require("node:net");
const { encodeFrame, FLAG_NO_NODE, FRAME, MAGIC, MAX_REQUEST } = await import(process.argv[2]);
const hello = encodeFrame(FRAME.hello, 1, [MAGIC, Uint8Array.of(1, 0, FLAG_NO_NODE, 0), ""], MAX_REQUEST, "utf8");
let opened = 0;
const open = (speaks) => {
  const socket = connect(process.argv[1]).on("error", () => {}).resume();
  socket.on("connect", () => {
    if (++opened === ${CLIENTS}) console.log("flooding");
    if (speaks) socket.write(hello);
  });
  if (process.argv[3] === "again") socket.on("close", () => setTimeout(open, 20, speaks));
};
for (let i = 0; i < ${CLIENTS}; i++) open(i % 2 === 0);
setTimeout(() => process.exit(0), ${FLOOD_SECONDS * 1000});`;

let folder: string;
const running: Background[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-flood-"));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

function start(words: readonly string[]): Background {
  const background = new Background(words);
  running.push(background);
  return background;
}

test.skipIf(missing).for([
  [
    "members of the control group, which come again and again",
    "again",
    ["setpriv", "--reuid=4001", "--regid=4001", `--groups=${GROUP}`, "--"],
  ],
  ["the owner itself", "once", []],
] as const)(
  `a thousand clients of %s keep the owner out for no second${missing ? `: ${missing}` : ""}`,
  async ([, often, as]) => {
    const control = join(folder, "control.sock");
    const daemon = start([...NGFLOW, "graph", "--demo", "1", "--control", control, "--control-group", String(GROUP)]);
    await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
    const list = (): number => {
      const began = performance.now();
      expect(must([...NGCTL, "--control", control, "list"])).toContain("demo0");
      return performance.now() - began;
    };
    const atRest = Math.max(list(), list(), list());

    const frames = new URL(`file://${ROOT}apps/ngflow/dist/control/frame.js`).href;
    const script = `(async () => {${FLOOD}})()`;
    const flood = start([...as, process.execPath, "-e", script, control, frames, often]);
    await flood.until("the flood", () => flood.stdout.includes("flooding"));
    for (let i = 0; i < LISTS; i++) {
      expect(list()).toBeLessThan(atRest + ANSWER_MS);
      await sleep(500);
    }
    await flood.until("its end", () => !flood.running);
    const { control: counters } = JSON.parse(
      must([...NGFLOW, "graph", "export", "--control", control, "--format", "json"]),
    ) as { control: Record<string, number> };
    expect(counters).toMatchObject({ deniedConnections: 0, malformedFrames: 0 });
    expect(counters["displacedConnections"]).toBeGreaterThan(100);
    expect(counters["silentConnections"]).toBeGreaterThan(100);
    expect((await daemon.stop()).status).toBe(0);
  },
);
