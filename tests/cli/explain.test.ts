import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Background, type Ended, must, NGFLOW, ROOT, run } from "../support/command.ts";

const ARTICLE = join(ROOT, "examples/article.ngctl");
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-explain-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const explain = (...words: string[]): Ended => run([...NGFLOW, "explain", ...words], { timeoutMs: 60_000 });

function script(text: string): string {
  const path = join(directory, "script.ngctl");
  writeFileSync(path, text);
  return path;
}

test("reports the step that cuts the article's network as JSON, exit 0", () => {
  const ended = explain(ARTICLE, "--format", "json");
  expect(ended.status).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({
    ok: true,
    cuts: [{ interface: "em0", direction: "in", from: 1, to: 3 }],
  });
});

test("writes one picture a step into a directory", () => {
  const output = join(directory, "pictures");
  expect(explain(ARTICLE, "--format", "svg", "--output", output)).toMatchObject({ status: 0, stderr: "" });
  const files = readdirSync(output).sort();
  expect(files).toEqual(["00", "01", "02", "03", "04", "05", "06"].map((number) => `step-${number}.svg`));
  expect(readFileSync(join(output, "step-01.svg"), "utf8")).toContain("mkpeer em0: netflow lower iface0");
});

test("writes a page and an animation", () => {
  for (const [format, magic] of [
    ["html", "<!doctype html>"],
    ["apng", "\x89PNG"],
  ] as const) {
    const output = join(directory, `article.${format}`);
    expect(explain(ARTICLE, "--format", format, "--output", output)).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(output, "latin1").slice(0, magic.length).toLowerCase()).toBe(magic.toLowerCase());
  }
});

test("exits 1 when a step would be refused, and touches nothing", () => {
  const ended = explain(join(ROOT, "apps/ngflow/src/explain/testdata/scripts/wrong-order.ngctl"));
  expect(ended.status).toBe(1);
  expect(ended.stdout).toContain("From step 1 on, inbound traffic of em0 is cut, and no step restores it.");
});

test.each<[string, string[], number]>([
  ["a script that is not there", ["/nonexistent.ngctl"], 66],
  ["a directory", ["/"], 66],
  ["svg without a directory", [ARTICLE, "--format", "svg"], 64],
  ["a form that does not exist", [ARTICLE, "--format", "gif"], 64],
  ["a place that cannot be written", [ARTICLE, "--format", "html", "--output", "/nonexistent/x.html"], 73],
])("%s: one line, exit code", (_what, words, status) => {
  const ended = explain(...words);
  expect(ended.status).toBe(status);
  expect(ended.stderr.trim().split("\n").length).toBe(1);
});

test.each<[string, string, number]>([
  ["five thousand steps and one", "list\n".repeat(5001), 65],
  ["a line of a megabyte", `name em0: ${"x".repeat(1_000_000)}\n`, 1],
  ["NUL bytes", "mkpeer em0:\0 hub lower a\n", 1],
  ["three thousand nodes", Array.from({ length: 3000 }, (_, i) => `mkpeer . hub h${i} x\n`).join(""), 0],
  ["an empty file", "", 0],
  ["a script that reads itself", `read ${"script.ngctl"}\n`, 1],
])("%s: bounded", (_what, text, status) => {
  const ended = explain(script(text));
  expect(ended.signal).toBeNull();
  expect(ended.status).toBe(status);
  expect(ended.stderr).not.toMatch(/at .*\.js:\d/);
});

test("arguments and values of a shell script; exit 65 while one is missing", () => {
  const path = script(
    "#!/bin/sh\nport=$(cat /etc/port)\nngctl mkpeer $1: tee lower left\nngctl msg $1: setpromisc $port\n",
  );
  const missing = explain(path, "em0", "--format", "json");
  expect(missing.status).toBe(65);
  expect(JSON.parse(missing.stdout)).toMatchObject({
    ok: false,
    interfaces: ["em0"],
    steps: [{ line: 3 }, { line: 4 }],
  });
  expect(missing.stdout).toContain("Line 4 needs the value of $port: give it with --set port=value.");
  const given = explain(path, "em0", "--set", "port=1");
  expect(given).toMatchObject({ status: 0, stderr: "" });
});

test("--live starts from the graph that runs, and changes nothing", async () => {
  const control = join(directory, "live.sock");
  const build = join(directory, "build.ngctl");
  writeFileSync(build, "mkpeer demo0: netflow lower iface0\nname demo0:lower nf\nconnect demo0: nf: upper out0\n");
  const daemon = new Background([...NGFLOW, "graph", "--demo", "3", "--control", control, "-f", build]);
  try {
    await daemon.until("the control socket", () => daemon.stdout.includes("control  "));
    const live = (text: string): Ended => explain(script(text), "--live", "--control", control, "--format", "json");
    const before = must([...NGFLOW, "graph", "export", "--control", control]);

    const taken = live("mkpeer demo0: tee lower left\n");
    expect(taken.status).toBe(1);
    expect(taken.stdout).toContain("the hook lower of demo0 is connected already, with nf:iface0");

    const kept = live(
      "#!/bin/sh\nif ! ngctl show nf: >/dev/null 2>&1; then ngctl mkpeer demo0: netflow lower iface0; fi\n",
    );
    expect(kept.status).toBe(0);
    expect(JSON.parse(kept.stdout)).toMatchObject({
      interfaces: ["demo0"],
      steps: [{ command: "show nf:", outcome: "done" }],
      notRun: [{ line: 2, reason: "its branch is not taken" }],
    });

    const cut = live("rmhook demo0: upper\n");
    expect(JSON.parse(cut.stdout)).toMatchObject({ steps: [{ outcome: "done" }] });
    expect(must([...NGFLOW, "graph", "export", "--control", control])).toBe(before);
  } finally {
    await daemon.stop("SIGKILL");
  }
  expect(explain(ARTICLE, "--live", "--control", join(directory, "none.sock")).status).not.toBe(0);
  expect(explain(ARTICLE, "--live", "--interface", "em0")).toMatchObject({ status: 64 });
});
