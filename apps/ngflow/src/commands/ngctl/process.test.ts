import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, type TestContext } from "vitest";
import { startTestDaemon, type TestDaemon } from "../../control/testing/test-daemon.ts";

const app = join(import.meta.dirname, "../../..");
const command = join(app, "bin/ngctl.js");

let daemon: TestDaemon;
beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(async () => {
  await daemon.stop();
});

function needs(context: TestContext, tool?: string): void {
  if (!existsSync(join(app, "dist/commands/ngctl/main.js"))) context.skip("ngctl is not built (npm run build)");
  if (tool !== undefined && spawnSync(tool, ["--version"]).error) context.skip(`${tool} is not installed`);
}

interface Result {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program to its end; `answer` sees its output so far and returns what to type next, once for each. */
async function run(
  program: string,
  args: readonly string[],
  typed: readonly (readonly [after: string, keys: string])[] = [],
): Promise<Result> {
  const child = spawn(program, args, { env: { ...process.env, NGFLOW_CONTROL: daemon.path } });
  let output = "";
  let errors = "";
  let seen = 0;
  const waiting = [...typed];
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
    const [after, keys] = waiting[0] ?? [];
    const at = after === undefined ? -1 : output.indexOf(after, seen);
    if (keys === undefined || after === undefined || at < 0) return;
    seen = at + after.length;
    waiting.shift();
    child.stdin.write(keys);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  if (typed.length === 0) child.stdin.end();
  const [status] = (await once(child, "close")) as [number | null];
  return { status, output, errors };
}

it("runs as a process, with its exit status", async (context) => {
  needs(context);
  daemon.makeNode("em0");
  const shown = await run("node", [command, "show", "em0:"]);
  const row = "  Name: em0             Type: wall            ID: 00000001   Num hooks: 0\n";
  expect(shown).toEqual({ status: 0, output: row, errors: "" });
  expect(await run("node", [command, "shutdown", "em1:"])).toEqual({
    status: 71,
    output: "",
    errors: "ngctl: shutdown: No such file or directory\nngflow: no node is called em1; nodes: em0\n",
  });
  expect(await run("node", [command])).toMatchObject({ status: 64, output: "" });
});

it("ends quietly when its reader has seen enough", async (context) => {
  needs(context);
  for (let i = 0; i < 2000; i++) daemon.makeNode(`node${i}`);
  const { status, output, errors } = await run("sh", ["-c", `node ${command} list | head -1`]);
  expect({ status, output, errors }).toEqual({ status: 0, output: "There are 2001 total nodes:\n", errors: "" });
});

it("prompts on a terminal", async (context) => {
  needs(context, "script");
  daemon.makeNode("em0");
  const { status, output } = await run(
    "script",
    ["-qec", `node ${command}`, "/dev/null"],
    [
      ["Leave ngctl.", "mkpeer em0: pair in left\r"],
      ["left", "msg em0:in getlimit\r"],
      ["Args:\t0", "quit\r"],
    ],
  );
  expect(output).toContain("Available commands:\r\n");
  expect(output).toContain(`Rec'd response "getlimit" (1) from "[3]:":\r\nArgs:\t0\r\n`);
  expect(status).toBe(0);
});
