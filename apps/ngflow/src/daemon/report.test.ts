import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-report-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("sends a last report of any length before the process ends", async () => {
  const bytes = 8_000_000;
  const report = new URL("./report.ts", import.meta.url).href;
  const script = join(folder, "child.mjs");
  writeFileSync(
    script,
    `const { reportFinal } = await import(${JSON.stringify(report)});\n` +
      `await reportFinal("graph", { text: "x".repeat(${bytes}) });\n`,
  );
  const child = fork(script, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const lengths: number[] = [];
  child.on("message", ({ final }: { final: { text: string } }) => lengths.push(final.text.length));
  const status = await new Promise((resolve) => child.once("close", resolve));
  expect([status, lengths]).toEqual([0, [bytes]]);
});
