import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Background, NGFLOW, ROOT, run } from "../support/command.ts";
import { skipWithout } from "../support/needs.ts";

const NOBODY = 65_534;

/** Runs words as nobody, with no capability, where this is root; as itself where it is not. */
function asNobody(words: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [...words];
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--bounding-set=-all", "--", ...words];
}

/** True when every folder on the way to the checkout may be entered by everybody. */
function reachableByOthers(): boolean {
  const folders = ROOT.split("/").slice(1, -1);
  return folders.every((_, i) => run(asNobody(["test", "-x", `/${folders.slice(0, i + 1).join("/")}`])).status === 0);
}

test("ngflow up without the privilege to capture says so, names the fix, and starts the demo", async (ctx) => {
  if (process.getuid?.() === 0) skipWithout(ctx, "setpriv");
  ctx.skip(!reachableByOthers(), "the checkout is in a folder that only root may enter");
  const home = mkdtempSync(join(tmpdir(), "ngflow-unprivileged-"));
  if (process.getuid?.() === 0) chownSync(home, NOBODY, NOBODY);
  const up = new Background(asNobody([...NGFLOW, "up", "--http", "127.0.0.1:0"]), {
    env: { NGFLOW_DATA: "", HOME: home, TMPDIR: home, XDG_RUNTIME_DIR: home },
  });
  try {
    await up.until("the demo", () => /http:\/\/127\.0\.0\.1:\d+/.test(up.stdout));
    const said = up.stderr.split("\n").filter((line) => line !== "" && !line.startsWith('{"level":'));
    // A command that a reader copies is on one line of a terminal, whole.
    expect(said).toEqual([
      "ngflow: capturing needs a privilege (CAP_NET_RAW); starting the demo instead",
      "  to meter this machine, end the demo and run: sudo npx ngflow up",
      "  to meter it without root: docs/how-to/run-without-root.md",
    ]);
    expect(up.stdout).toMatch(/^graph +demo0, /m);
    const address = /http:\/\/[\d.:]+/.exec(up.stdout)?.[0] ?? "";
    const stored = async (): Promise<boolean> => {
      const answer = await fetch(`${address}/api/v1/pipeline`);
      return ((await answer.json()) as { rowsStored: number }).rowsStored > 0;
    };
    await up.until("the first rows", stored);
  } finally {
    const { status } = await up.stop();
    rmSync(home, { recursive: true });
    expect(status).toBe(0);
  }
});
