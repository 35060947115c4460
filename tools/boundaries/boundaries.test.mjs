import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layers } from "../../layers.config.mjs";
import { checkBoundaries, sourceFiles } from "./check.mjs";

const project = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A checkout with one module per layer, each importing what its row allows; it breaks no rule. */
function plantCheckout() {
  const root = mkdtempSync(join(tmpdir(), "ngflow-boundaries-"));
  for (const [name, { may }] of Object.entries(layers)) {
    const folder = join(root, name === "ngflow" ? "apps/ngflow" : `packages/${name}`);
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({
        name: name === "ngflow" ? name : `@ngflow/${name}`,
        type: "module",
        exports: { ".": { "@ngflow/source": "./src/index.ts" } },
        dependencies: Object.fromEntries(may.map((each) => [`@ngflow/${each}`, "0.1.0"])),
      }),
    );
    const allowed = may.filter((each) => !(name === "console" && each === "server"));
    const imports = allowed.map((each) => `import { ${each} } from "@ngflow/${each}";`);
    const sum = allowed.length === 0 ? "1" : allowed.join(" + ");
    writeFileSync(join(folder, "src/index.ts"), `${imports.join("\n")}\nexport const ${name} = ${sum};\n`);
    writeFileSync(join(folder, "src/inner.ts"), "export const inner = 1;\n");
    mkdirSync(join(root, "node_modules/@ngflow"), { recursive: true });
    if (name !== "ngflow") symlinkSync(folder, join(root, "node_modules/@ngflow", name));
  }
  return root;
}

describe("boundary check", () => {
  let root = "";
  beforeAll(() => {
    root = plantCheckout();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  /** Writes files into the clean checkout, checks it, removes them again, and says which rules were broken. */
  async function rulesBrokenBy(files) {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
    try {
      const { violations } = await checkBoundaries(root);
      return [...new Set(violations.map((each) => each.rule))].sort();
    } finally {
      for (const path of Object.keys(files)) rmSync(join(root, path));
    }
  }

  test("passes a checkout that keeps the rules, and visits every module of it", async () => {
    const { visited, violations } = await checkBoundaries(root);
    expect(violations).toEqual([]);
    expect(visited).toHaveLength(2 * Object.keys(layers).length);
  });

  test.each([
    [
      "an upward import",
      "direction-base",
      { "packages/base/src/up.ts": 'import { wire } from "@ngflow/wire";\nexport const up = wire;\n' },
    ],
    [
      "collector reaching the store",
      "direction-collector",
      { "packages/collector/src/to-store.ts": 'export { store } from "@ngflow/store";\n' },
    ],
    [
      "an import of types only, upward",
      "direction-graph",
      { "packages/graph/src/up.ts": 'import type { nodes } from "@ngflow/nodes";\nexport type Up = typeof nodes;\n' },
    ],
    [
      "a path into another package's sources",
      "no-deep-import",
      { "packages/wire/src/deep.ts": 'export { inner } from "../../base/src/inner.ts";\n' },
    ],
    [
      "a path to another package's index",
      "no-path-across",
      { "packages/wire/src/path.ts": 'export { base } from "../../base/src/index.ts";\n' },
    ],
    [
      "a deep import through the package name",
      "no-unresolved",
      { "packages/wire/src/deep.ts": 'export { inner } from "@ngflow/base/src/inner.ts";\n' },
    ],
    [
      "the console importing the server itself",
      "console-client-only",
      { "packages/console/src/server.ts": 'export { server } from "@ngflow/server";\n' },
    ],
    [
      "a cycle",
      "no-cycle",
      {
        "packages/flows/src/one.ts": 'import { two } from "./two.ts";\nexport const one = (): number => two();\n',
        "packages/flows/src/two.ts": 'import { one } from "./one.ts";\nexport const two = (): number => one();\n',
      },
    ],
    [
      "node: in a neutral package",
      "neutral-runtime",
      { "packages/wire/src/clock.ts": 'import { hrtime } from "node:process";\nexport const now = hrtime;\n' },
    ],
    [
      "a circle of types",
      "no-cycle",
      {
        "packages/graph/src/one.ts": 'import type { Two } from "./two.ts";\nexport interface One { two: Two }\n',
        "packages/graph/src/two.ts": 'import type { One } from "./one.ts";\nexport interface Two { one: One }\n',
      },
    ],
    [
      "a circle of types through hook, node and node type that takes in another module",
      "no-cycle-beyond-model",
      {
        "packages/graph/src/hook.ts": 'import type { Node } from "./node.ts";\nexport interface Hook { node: Node }\n',
        "packages/graph/src/node.ts": 'import type { Other } from "./z.ts";\nexport interface Node { other: Other }\n',
        "packages/graph/src/z.ts": 'import type { Hook } from "./hook.ts";\nexport interface Other { hook: Hook }\n',
      },
    ],
    [
      "a running circle of hook, node and node type",
      "no-cycle-running-model",
      {
        "packages/graph/src/hook.ts": 'import { node } from "./node.ts";\nexport const hook = (): number => node();\n',
        "packages/graph/src/node.ts": 'import { hook } from "./hook.ts";\nexport const node = (): number => hook();\n',
      },
    ],
  ])("refuses %s", async (_, rule, files) => {
    expect(await rulesBrokenBy(files)).toContain(rule);
  });

  test("allows node: in the tests of a neutral package, and hook, node and node type to refer to each other", async () => {
    const broken = await rulesBrokenBy({
      "packages/wire/src/wire.test.ts": 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n',
      "packages/graph/src/hook.ts": 'import type { Node } from "./node.ts";\nexport interface Hook { node: Node }\n',
      "packages/graph/src/node.ts":
        'import type { Type } from "./node-type.ts";\nexport interface Node { type: Type }\n',
      "packages/graph/src/node-type.ts":
        'import type { Hook } from "./hook.ts";\nexport interface Type { hook: Hook }\n',
    });
    expect(broken).toEqual([]);
  });

  test("refuses a manifest that declares what its layer may not import", async () => {
    const path = join(root, "packages/wire/package.json");
    const manifest = { name: "@ngflow/wire", type: "module", exports: { ".": "./src/index.ts" } };
    writeFileSync(path, JSON.stringify({ ...manifest, dependencies: { "@ngflow/store": "0.1.0" } }));
    const { violations } = await checkBoundaries(root);
    expect(violations).toContainEqual({ rule: "manifest", from: "packages/wire/package.json", to: "@ngflow/store" });
  });
});

test("every package and app of this checkout has a row in layers.config.mjs, and every source is visited", async () => {
  const folders = [...readdirSync(join(project, "packages")), ...readdirSync(join(project, "apps"))];
  expect(folders.sort()).toEqual(Object.keys(layers).sort());
  const { visited } = await checkBoundaries(project);
  const sources = sourceFiles(project);
  expect(sources.length).toBeGreaterThan(40);
  expect(visited).toEqual(expect.arrayContaining(sources));
}, 60_000);
