import { expect, test } from "vitest";
import { Progress } from "./progress.mjs";
import { closingLines, totalOf } from "./summary.mjs";

const RESULT = { passed: 3, failed: 0, skipped: [], retried: [], failures: [], output: "all is well" };

function run(stream) {
  const written = [];
  let nowMs = 0;
  const progress = new Progress({ ...stream, write: (text) => written.push(text) }, () => nowMs);
  const at = (ms) => {
    nowMs = ms;
    return progress;
  };
  return { at, text: () => written.join("") };
}

test("without a terminal there is a line at the start, at the end, and for each file of a long step", () => {
  const { at, text } = run({ isTTY: false });
  const long = { name: "cli", does: "the commands", files: true };
  const short = { name: "unit", does: "beside the sources" };
  at(0).start(long);
  at(1000).start(short);
  at(2000).file(long, { files: 2 });
  at(61_500).file(long, { file: "cli/a.test.ts", passed: 2, failed: 0, skipped: 1, ms: 1234 });
  at(62_000).file(short, { file: "b.test.ts", passed: 2, failed: 0, skipped: 0, ms: 900 });
  at(63_000).file(short, { file: "slow.test.ts", passed: 2, failed: 0, skipped: 0, ms: 12_000 });
  at(64_000).file(short, { file: "bad.test.ts", passed: 0, failed: 1, skipped: 0, ms: 10 });
  at(65_000).end(long, { ...RESULT, skipped: [{ name: "x", reason: "y" }] });
  at(66_000).end(short, { ...RESULT, failed: 1, output: "\nwhat went wrong\n" });
  progressClosed(at(67_000));
  expect(text()).toBe(
    [
      "  0:00  cli         the commands",
      "  0:01  unit        beside the sources",
      "  1:01  cli           cli/a.test.ts: 2 passed, 1 skipped in 1.2 s",
      "  1:03  unit          slow.test.ts: 2 passed in 12.0 s",
      "  1:04  unit          bad.test.ts: 1 failed in 0.0 s",
      "  1:05  cli         3 passed, 1 skipped in 65.0 s",
      "  1:06  unit        3 passed, 1 failed in 65.0 s",
      "",
      "what went wrong",
      "",
      "",
    ].join("\n"),
  );
});

function progressClosed(progress) {
  progress.close();
}

test("on a terminal the last line says what is running, no wider than the terminal, and is gone at the end", () => {
  const { at, text } = run({ isTTY: true, columns: 48 });
  const step = { name: "cli", does: "the commands", files: true };
  const other = { name: "interop", does: "other programs" };
  at(0).start(step);
  at(0).start(other);
  at(5000).file(step, { files: 12 });
  expect(text().split("\r\u001B[K").at(-1)).toBe("  0:05  running: cli (0 of 12 files), interop");
  at(6000).file(step, { file: "cli/a.test.ts", passed: 1, failed: 0, skipped: 0, ms: 1 });
  at(6000).file(other, { files: 100 });
  const last = text().split("\r\u001B[K").at(-1);
  expect(last).toBe("  0:06  running: cli (1 of 12 files), interop (");
  at(7000).end(step, RESULT);
  at(7000).end(other, RESULT);
  at(7000).close();
  expect(text().endsWith("\r\u001B[K")).toBe(true);
});

test("at the end the slowest files come first, then flaky tests, then the skipped ones, then what failed, then the counts", () => {
  const results = [
    {
      ...RESULT,
      files: [{ name: "a.test.ts", ms: 1400 }],
      retried: ["hosts/a.test.ts: one"],
      skipped: [{ name: "b", reason: "no tool" }],
    },
    {
      ...RESULT,
      files: [{ name: "b.test.ts", ms: 65_000 }],
      failed: 1,
      failures: ["c"],
      skipped: [{ name: "d", reason: "" }],
    },
  ];
  expect(closingLines(totalOf(results))).toEqual([
    "slow:   65 s  b.test.ts",
    "slow:    1 s  a.test.ts",
    "flaky, passed at the second try: hosts/a.test.ts: one",
    "skipped: b: no tool",
    "skipped: d: the test gives no reason",
    "failed: c",
    "6 passed, 1 failed, 2 skipped",
  ]);
});
