import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { printSentences, printText } from "./print-text.ts";
import { formatTable } from "./table.ts";

const SOURCES = join(import.meta.dirname, "..");

/** Files that write to standard output or standard error without `printText`, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  "accounts/read-password.ts": "a question about a name that isAccountName accepts",
  "commands/nghook/main.ts": "writes nothing, to learn when the output is flushed",
  "commands/ngflow/graph-export.ts": "a script for a program; a terminal gets it through printText",
  "commands/ngflow/progress-line.ts": "a line that is replaced; its text goes through terminalText",
  "commands/ngflow/verbs/decode.ts": "JSON",
  "commands/ngflow/verbs/export.ts": "JSON",
  "commands/ngflow/verbs/kldstat.ts": "JSON; the table goes through printText",
  "commands/ngflow/verbs/top.ts": "lines of topScreen, which has made them safe, and sequences of its own",
  "daemon/log.ts": "lines that terminalLine has made",
  "demo/story-stream.ts": "its stream makes datagrams",
  "export/progress.ts": "a progress bar of numbers",
  "output/print-console.ts": "an address of this process's own, bold on a terminal",
  "output/print-text.ts": "is printText",
  "output/write.ts": "JSON, CSV, Parquet, and tables whose cells formatTable has made",
  "synthetic/run-fleet.ts": "its stream makes datagrams",
};

const WRITES = /\bstd(out|err)\)?\s*\.write\(|\bstream\.write\(/;

it("every text for people is printed with printText", () => {
  const found = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.includes("testing/"))
    .filter((file) => WRITES.test(readFileSync(join(SOURCES, file), "utf8")));
  expect(found.toSorted()).toEqual(Object.keys(WITHOUT).toSorted());
});

it("a terminal is not acted on", () => {
  let text = "";
  printText({ write: (chunk: string) => ((text += chunk), true) }, "name \u001b[2J\n");
  expect(text).toBe("name \\x1b[2J\n");
});

it("a message, and sentences, fit a terminal", () => {
  let text = "";
  const terminal = { isTTY: true, columns: 20, write: (chunk: string) => ((text += chunk), true) };
  printText(terminal, "ngflow: no flows in the last hour\n");
  printText(terminal, "ngctl: no daemon listens\n");
  printText(terminal, "ngflow service x: ERROR: no interface\n");
  printText(terminal, "a table is as wide as it is\n");
  printSentences(terminal, "ok hop  nothing is missing here\n", 8);
  expect(text.split("\n")).toEqual([
    "ngflow: no flows in",
    "  the last hour",
    "ngctl: no daemon",
    "  listens",
    "ngflow service x:",
    "  ERROR: no",
    "  interface",
    "a table is as wide as it is",
    "ok hop  nothing is",
    "        missing here",
    "",
  ]);
});

it("a cell of a table is one line and nothing else", () => {
  expect(formatTable(["Name"], [{ Name: "a\nb\u001b[31m" }], { human: false })).toBe("Name\na\\x0ab\\x1b[31m\n");
});
