import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test.each<[string, string, RegExp]>([
  ["a path of a thousand hooks", `show demo0:${"a.".repeat(400)}a\n`, /No such file or directory/],
  [
    "a path longer than a path may be",
    `show demo0:${"abcdefg.".repeat(240)}\n`,
    /Argument list too long|Invalid argument|No such file/,
  ],
  ["a line of a megabyte", `name demo0: ${"x".repeat(1_000_000)}\n`, /.+/],
  ["a line of a megabyte of braces", `msg demo0: setpromisc ${"{ a=".repeat(250_000)}\n`, /.+/],
  ["NUL bytes", "name demo0: a\0b\n", /.+/],
  ["NUL bytes alone", "\0\0\0\0\n", /.+/],
])("%s: refused, and the next client is served", (_what, text, reason) => {
  const ended = script(text);
  expect(ended.signal).toBeNull();
  expect(ended.status).not.toBe(0);
  expect(ended.stderr).toMatch(reason);
  expect(ended.stderr).not.toMatch(/internal error|at .*\.js:\d/);
  answers();
});
