import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must, NGFLOW, ROOT, run } from "../support/command.ts";
import { absentTools } from "../support/needs.ts";

/** The scripts, run by the shells that they are for. */
describe("completion in a shell", () => {
  let folder = "";
  const env = (): NodeJS.ProcessEnv => ({ PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, HOME: folder });
  const script = (shell: string): string => join(folder, `ngflow.${shell}`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ngflow-completion-"));
    mkdirSync(join(folder, "bin"));
    symlinkSync(join(ROOT, "apps/ngflow/bin/ngflow.js"), join(folder, "bin/ngflow"));
    for (const shell of ["bash", "zsh", "fish"]) writeFileSync(script(shell), must([...NGFLOW, "completion", shell]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inBash = (...words: string[]): string[] => {
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const call = `source ${script("bash")}; COMP_WORDS=(ngflow ${quoted}); COMP_CWORD=${words.length}; _ngflow; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, status, stderr } = run(["bash", "-c", call], { env: env() });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  };

  test("bash: verbs, options, values, subcommands, columns of a filter, and files where nothing else fits", () => {
    expect(inBash("qu")).toEqual(["query"]);
    expect(inBash("query", "--by")).toEqual(["--by"]);
    expect(inBash("query", "--by", "SrcAddr,DstM")).toEqual([
      "SrcAddr,DstMask",
      "SrcAddr,DstMac",
      "SrcAddr,DstMacVendor",
    ]);
    expect(inBash("query", "--format", "")).toEqual(["table", "json", "ndjson", "csv", "parquet", "arrow"]);
    expect(inBash("store", "ver")).toEqual(["verify"]);
    expect(inBash("flows", "SrcMas")).toEqual(["SrcMask"]);
    expect(inBash("export", "-r", "")).toEqual([]);
  });

  test("zsh takes the script as the completion of ngflow", (ctx) => {
    const absent = absentTools("zsh");
    ctx.skip(absent !== undefined, absent);
    const call = `autoload -U compinit; compinit -u -d ${join(folder, "dump")}; source ${script("zsh")}; print $_comps[ngflow]`;
    const { stdout, status, stderr } = run(["zsh", "-fc", call], { env: env() });
    expect([status, stderr, stdout]).toEqual([0, "", "_ngflow\n"]);
  });

  test("fish completes verbs with their meaning, and values", (ctx) => {
    const absent = absentTools("fish");
    ctx.skip(absent !== undefined, absent);
    const inFish = (line: string): string =>
      must(["fish", "-N", "-c", `source ${script("fish")}; complete -C '${line}'`], { env: env(), cwd: folder });
    expect(inFish("ngflow que")).toMatch(/^query\tsum stored flows/);
    expect(inFish("ngflow query --statistic p")).toMatch(/^p95/);
    // Files only where nothing else fits: the folder of this test has a "bin".
    expect(inFish("ngflow query --metric b")).not.toContain("bin/");
    expect(inFish("ngflow export -r b")).toContain("bin/");
  });
});
