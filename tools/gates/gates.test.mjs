import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// Every gate of `npm run check` is shown a violation here: one that let it pass would protect nothing.

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const HOT_FILE = "packages/base/src/packet-batch.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ngflow-gates-"));
  for (const path of [
    ".oxfmtrc.json",
    ".oxlintrc.json",
    "tsconfig.base.json",
    "tools/lint/hot.mjs",
    "tools/lint/members.mjs",
  ]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(project, path), join(root, path));
  }
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "scratch", private: true, type: "module" }));
  symlinkSync(join(project, "node_modules"), join(root, "node_modules"));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Writes one file into the scratch checkout, runs a tool of the project there, and removes the file again. */
function gate(path, text, script, args) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  try {
    const ran = spawnSync(process.execPath, [join(project, "node_modules", script), ...args], {
      cwd: root,
      encoding: "utf8",
    });
    return { status: ran.status, output: ran.stdout + ran.stderr };
  } finally {
    rmSync(join(root, path));
  }
}

describe("format", () => {
  const check = (text) => gate("one.ts", text, "oxfmt/bin/oxfmt", ["--check", "one.ts"]).status;

  test("accepts the house style and refuses another", () => {
    expect(check('export const one = "1";\n')).toBe(0);
    expect(check("export const one = '1'\n")).not.toBe(0);
  });
});

describe("lint", () => {
  const lint = (path, text) => gate(path, text, "oxlint/bin/oxlint", ["--deny-warnings", path]);

  test.each([
    ["loose equality", "export const same = (a: number, b: number): boolean => a == b;\n", "eqeqeq"],
    ["any", "export const anything: any = 1;\n", "no-explicit-any"],
    ["a default export", "export default 1;\n", "no-default-export"],
    [
      "a private keyword",
      "export class One {\n  private two = 2;\n  three = (): number => this.two;\n}\n",
      "no-private-keyword",
    ],
    ["printing from a package", 'export const say = (): void => console.log("x");\n', "no-console"],
  ])("refuses %s", (_, text, rule) => {
    const { status, output } = lint("packages/nodes/src/one.ts", text);
    expect(output).toContain(rule);
    expect(status).not.toBe(0);
  });

  test("refuses node: in a neutral package, and says what to do instead", () => {
    const { status, output } = lint("packages/wire/src/one.ts", 'export { readFileSync } from "node:fs";\n');
    expect(output).toContain("take time, sockets and files as arguments");
    expect(status).not.toBe(0);
  });

  const inReceive = (body) =>
    `export class Hot {\n  receive(n: number): number {\n    ${body}\n    return n;\n  }\n}\n`;

  test.each([
    ["throw", "no-throw", inReceive('if (n < 0) throw new RangeError("n");')],
    ["new", "no-new", inReceive("n += new Uint8Array(n).length;")],
    ["an object per turn of a loop", "no-loop-allocation", inReceive("for (let i = 0; i < n; i++) n += { i }.i;")],
    ["a string per turn of a loop", "no-loop-allocation", inReceive("while (n < 9) n += `${n}`.length;")],
    ["BigInt", "no-bigint", inReceive("n += Number(1n);")],
    ["await", "no-wait", "export const wait = async (done: Promise<void>): Promise<void> => {\n  await done;\n};\n"],
  ])("refuses %s in a hot file", (_, rule, text) => {
    const { status, output } = lint(HOT_FILE, text);
    expect(output).toContain(`hot(${rule})`);
    expect(status).not.toBe(0);
  });

  test("lets a node of a hot file refuse a hook, but not a packet", () => {
    const node = (method) => `export class Hot {\n  ${method}(): void {\n    throw new Error("no");\n  }\n}\n`;
    expect(lint(HOT_FILE, node("newHook")).output).not.toContain("hot(");
    expect(lint(HOT_FILE, node("receive")).output).toContain("hot(no-throw)");
  });

  test("lets a hot file allocate in its constructor and in create… functions", () => {
    const text =
      "export class Hot {\n  readonly words = new Uint32Array(4);\n  readonly more: Uint8Array;\n" +
      "  constructor(size: number) {\n    this.more = new Uint8Array(size);\n  }\n}\n" +
      "export function createHot(size: number): Hot {\n  return new Hot(size);\n}\n";
    expect(lint(HOT_FILE, text).output).not.toContain("hot(");
  });
});

describe("types", () => {
  const neutral = {
    extends: "./tsconfig.base.json",
    compilerOptions: { noEmit: true, composite: false, incremental: false },
  };
  const check = (text) => {
    writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ ...neutral, files: ["one.ts"] }));
    return gate("one.ts", text, "typescript/bin/tsc", ["-p", "."]);
  };

  test.each([
    ["node: in a neutral package", 'export { readFileSync } from "node:fs";\n', "node:fs"],
    ["timers in a neutral package", "setTimeout(() => {}, 1);\nexport {};\n", "setTimeout"],
    ["enums", "export enum One {\n  A,\n}\n", "erasableSyntaxOnly"],
    ["an unchecked index", "export const first = (words: Uint32Array): number => words[0];\n", "undefined"],
  ])("refuse %s", (_, text, message) => {
    const { status, output } = check(text);
    expect(output).toContain(message);
    expect(status).not.toBe(0);
  });

  test("accept a plain module", () => {
    expect(check("export const one = 1;\n").status).toBe(0);
  });
});

describe("unused", () => {
  test("finds a dead file, a dead export and an undeclared dependency", () => {
    const files = {
      "package.json": JSON.stringify({ name: "scratch", type: "module", exports: "./src/index.ts" }),
      "tsconfig.json": JSON.stringify({ compilerOptions: { module: "nodenext", strict: true } }),
      "src/index.ts": 'export { alive } from "./alive.ts";\nexport * as tool from "fast-check";\n',
      "src/alive.ts": "export const alive = 1;\nexport const unread = 2;\n",
      "src/dead.ts": "export const dead = 1;\n",
    };
    const folder = join(root, "unused");
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { status, stdout } = spawnSync(process.execPath, [join(project, "node_modules/knip/bin/knip.js")], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout).toContain("src/dead.ts");
    expect(stdout).toContain("unread");
    expect(stdout).toContain("fast-check");
    expect(status).not.toBe(0);
  });
});

describe("drift", () => {
  test("finds a generated file that its generator would write otherwise", () => {
    const scratch = join(root, "drift");
    for (const path of ["tools/gen.mjs", "tools/workspaces.mjs", "tools/elements", "packages/wire/src/element"]) {
      cpSync(join(project, path), join(scratch, path), { recursive: true });
    }
    const check = () => spawnSync(process.execPath, ["tools/gen.mjs", "--check"], { cwd: scratch, encoding: "utf8" });
    expect(check().status).toBe(0);
    appendFileSync(join(scratch, "packages/wire/src/element/iana.gen.ts"), "export const edited = 1;\n");
    const { status, stderr } = check();
    expect(stderr).toContain("packages/wire/src/element/iana.gen.ts: differs from what its generator writes");
    expect(status).toBe(1);
  });

  test("compares captures byte by byte, although their bytes are no text", () => {
    const scratch = join(root, "drift-bytes");
    for (const path of ["tools/gen.mjs", "tools/workspaces.mjs"]) {
      cpSync(join(project, path), join(scratch, path), { recursive: true });
    }
    const capture = join(scratch, "examples/small.pcap");
    for (const path of [join(scratch, "tools/small/generate.mjs"), capture]) mkdirSync(dirname(path));
    writeFileSync(
      join(scratch, "tools/small/generate.mjs"),
      'import { writeFileSync } from "node:fs";\nwriteFileSync("examples/small.pcap", Uint8Array.of(0xff, 0xfe));\n',
    );
    const check = () => spawnSync(process.execPath, ["tools/gen.mjs", "--check"], { cwd: scratch, encoding: "utf8" });
    writeFileSync(capture, Uint8Array.of(0xff, 0xfe));
    expect(check().status).toBe(0);
    writeFileSync(capture, Uint8Array.of(0xff, 0xfd));
    expect(check()).toMatchObject({
      status: 1,
      stderr: "examples/small.pcap: differs from what its generator writes; run npm run gen\n",
    });
  });
});

describe("lockfile", () => {
  const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));

  /** The engine of chDB for other platforms is not on every registry; npm leaves out what it cannot find at all. */
  const UNPUBLISHED = /^@chdb[/]lib-/;

  test("names the binary of every platform, so that `npm ci` works on all of them", () => {
    const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(absent.filter((name) => !UNPUBLISHED.test(name))).toEqual([]);
  });

  test("names no registry", () => {
    expect(Object.values(packages).filter(({ resolved = "" }) => /^https?:/.test(resolved))).toEqual([]);
  });
});

test("every file that an npm script names exists", () => {
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  const named = Object.values(scripts).flatMap((script) => script.match(/[\w./-]+\.(?:mjs|js|ts)\b/g) ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(project, path)))).toEqual([]);
});
