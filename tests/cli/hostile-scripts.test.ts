import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, type Ended, must, NGCTL, NGFLOW, run } from "../support/command.ts";

let directory: string;
let daemon: Background;
let control: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-hostile-"));
  control = join(directory, "control.sock");
  daemon = new Background([...NGFLOW, "graph", "--demo", "3", "--control", control]);
  await daemon.until("the control socket", () => daemon.stdout.includes("control  "));
});

afterAll(async () => {
  await daemon?.stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

function script(text: string): Ended {
  const path = join(directory, "script.ngctl");
  writeFileSync(path, text);
  return run([...NGCTL, "--control", control, "-f", path], { timeoutMs: 60_000 });
}

/** The daemon answers the next client, and its graph is whole. */
function answers(): void {
  expect(must([...NGCTL, "--control", control, "list"])).toContain("Name: demo0");
}

test("a line of a megabyte is read as ngctl reads it: in pieces, the name cut to 31 characters", () => {
  const ended = script(`name demo0: ${"x".repeat(1_000_000)}\n`);
  expect(ended).toMatchObject({ status: 71, signal: null });
  expect(ended.stderr).toMatch(/unknown command\nngctl: line 2: error in file\nngflow: line 2, .*\n$/);
  expect(ended.stderr.length).toBeLessThan(4096);
  must([...NGCTL, "--control", control, "name", `${"x".repeat(31)}:`, "demo0"]);
  answers();
});

test.each<[string, string, RegExp]>([
  ["a path of a thousand hooks", `show demo0:${"a.".repeat(400)}a\n`, /No such file or directory/],
  [
    "a path longer than a path may be",
    `show demo0:${"abcdefg.".repeat(240)}\n`,
    /Argument list too long|Invalid argument|No such file/,
  ],
  ["a line of a megabyte of braces", `msg demo0: setpromisc ${"{ a=".repeat(250_000)}\n`, /.+/],
  ["a NUL byte in a word", "show no\0demo0:\n", /No such file or directory/],
  ["a NUL byte before a line's end", "\0\0\0\0\nshow demo0\0:\n", /line 2: error in file/],
  [
    "a binary file",
    Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) & 0xff)).toString("latin1"),
    /unknown command/,
  ],
])("%s: refused, and the next client is served", (_what, text, reason) => {
  const ended = script(text);
  expect(ended.signal).toBeNull();
  expect(ended.status).not.toBe(0);
  expect(ended.stderr).toMatch(reason);
  expect(ended.stderr).not.toMatch(/internal error|at .*\.js:\d/);
  answers();
});

test("more nodes than there may be: refused with ENOMEM at the limit, and all removed when their ngctl ends", () => {
  const ended = script(Array.from({ length: 66_000 }, (_, i) => `mkpeer . hole h${i} x\n`).join(""));
  expect(ended.status).toBe(71);
  // 65,536 nodes at a time: demo0 and ngctl's own are two of them.
  expect(ended.stderr).toBe(
    [
      "ngctl: send msg: Cannot allocate memory",
      "ngctl: line 65535: error in file",
      'ngflow: line 65535, "mkpeer . hole h65534 x" failed; the lines after it were not run',
      "",
    ].join("\n"),
  );
  answers();
  expect(must([...NGCTL, "--control", control, "list"])).toContain("There are 2 total nodes:");
}, 120_000);

test("several clients at once: every one sees its own replies, in its order", async () => {
  const clients = [0, 1, 2, 3];
  const rounds = Array.from({ length: 100 }, (_, k) => k);
  const outputs = await Promise.all(
    clients.map(async (client) => {
      const path = join(directory, `client-${client}.ngctl`);
      const lines = rounds.map((k) => {
        const name = `c${client}n${k}`;
        return `mkpeer . hub h${k} x\nname h${k} ${name}\nmsg ${name}: nodeinfo\n`;
      });
      writeFileSync(path, lines.join(""));
      const [program, ...words] = [...NGCTL, "--control", control, "-f", path];
      return (await promisify(execFile)(program!, words)).stdout;
    }),
  );
  for (const client of clients) {
    const names = [...outputs[client]!.matchAll(/name="(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(rounds.map((k) => `c${client}n${k}`));
  }
  answers();
});
