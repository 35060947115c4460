import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must, ROOT } from "../support/command.ts";

const LIBRARIES = ["base", "wire", "graph", "flows"];
const folder = mkdtempSync(join(tmpdir(), "ngflow-libraries-"));
const program = join(folder, "program");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const archive = (name: string): string => {
  const file = readdirSync(folder).find((each) => each.startsWith(`ngflow-${name}-`) && each.endsWith(".tgz"));
  if (file === undefined) throw new Error(`no package of ${name}`);
  return join(folder, file);
};

beforeAll(() => {
  const staged = join(folder, "staged");
  const script = `import("${ROOT}tools/release/libraries.mjs").then((tool) => tool.stageLibraries("${staged}"))`;
  must([process.execPath, "-e", script]);
  const folders = LIBRARIES.map((name) => join(staged, name));
  must(["npm", "pack", "--pack-destination", folder, ...folders], { timeoutMs: 110_000 });
  // A program of somebody else, with the packages as npm unpacks them.
  for (const name of LIBRARIES) {
    const to = join(program, "node_modules/@ngflow", name);
    mkdirSync(to, { recursive: true });
    execFileSync("tar", ["-xzf", archive(name), "-C", to, "--strip-components=1"]);
  }
  cpSync(join(ROOT, "examples/libraries"), program, { recursive: true });
  writeFileSync(join(program, "package.json"), '{ "type": "module", "private": true }\n');
  const tsc = [process.execPath, join(ROOT, "node_modules/typescript/bin/tsc")];
  const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
  const settings = ["--strict", "--module", "nodenext", "--target", "es2023", "--outDir", "built", ...types];
  must([...tsc, ...settings, "decode.ts", "graph.ts", "filter.ts"], { cwd: program, timeoutMs: 110_000 });
}, 240_000);

describe.each(LIBRARIES)("@ngflow/%s, packed", (name) => {
  test("has nothing that publint objects to", async () => {
    const tarball = new Uint8Array(readFileSync(archive(name))).buffer;
    const { messages } = await publint({ pack: { tarball }, strict: true });
    expect(messages).toEqual([]);
  });

  test("has types that importing programs find", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(readFileSync(archive(name))));
    expect(analysis.types).not.toBe(false);
    // The packages are modules of ECMAScript only: what concerns require() is as intended.
    const wrong = ("problems" in analysis ? analysis.problems : []).filter(
      (problem) =>
        problem.kind !== "CJSResolvesToESM" &&
        !("resolutionKind" in problem && ["node10", "node16-cjs"].includes(problem.resolutionKind)),
    );
    expect(wrong).toEqual([]);
  });

  test("has a page and a licence, and no sources, maps or tests", () => {
    const files = readdirSync(join(program, "node_modules/@ngflow", name), { recursive: true, encoding: "utf8" });
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
    expect(files.filter((path) => /\.map$|\.built$|tsbuildinfo$|testing\/|(?<!\.d)\.ts$/.test(path))).toEqual([]);
  });
});

const example = (name: string): string => must([process.execPath, join(program, "built", `${name}.js`)]);

test("the examples compile against the packages and run", () => {
  expect(example("decode")).toContain('"sourceIPv4Address":"10.0.0.1"');
  expect(example("graph")).toBe("root: 1 hook\nother: 1 hook\n");
  expect(example("filter")).toMatch(/^1 bytes 3600000\n.*SrcAdr.*srcaddr/);
});
