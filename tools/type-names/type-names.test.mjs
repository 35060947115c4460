import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root as project } from "../workspaces.mjs";
import { checkTypeNames, SHARED, typeNames } from "./check.mjs";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ngflow-type-names-"));
  for (const name of ["ether", "netflow", "source"]) write(`packages/nodes/src/${name}/${name}.ts`, "");
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** Lines with violations of a file among the shared ones. */
function linesOf(path, text) {
  write(path, text);
  try {
    return checkTypeNames(root).violations.map(({ line }) => line);
  } finally {
    rmSync(join(root, path));
  }
}

describe("shared code may not name a node type", () => {
  test.each([
    ["a comparison", 'export const is = (type: string): boolean =>\n  type === "netflow";\n', [2]],
    ["a list", 'export const sinks = new Set(["ether", "other"]);\n', [1]],
    ["a table of words", 'export const families = { ether: "source" };\n', [1, 1]],
    ["a table by names", "export const rows = { ether: [1], netflow: [2] };\n", [1, 1]],
    ["a template", "export const socket = `socket`;\n", [1]],
  ])("in %s", (_, text, lines) => {
    for (const folder of SHARED) expect(linesOf(`${folder}/planted.ts`, text)).toEqual(lines);
  });

  test("in the script and the markup of a component", () => {
    const component = `<script lang="ts">
  const { node } = $props();
  const meters = node.type === "netflow";
</script>

<!-- "netflow" -->
<p class="source" class:ether={node.type === "ether"}>netflow</p>
{#if meters}<b>{node.name}</b>{/if}

<style>
  .source::before { content: "netflow"; }
</style>
`;
    expect(linesOf("packages/console/src/Planted.svelte", component)).toEqual([3, 7]);
  });

  test("but in tests, options, longer texts and import paths", () => {
    const text = `import { source } from "netflow";
export const text = "mkpeer em0: netflow lower iface0";
export const options = { netflow: { source } };
`;
    expect(linesOf("packages/plan/src/fine.ts", text)).toEqual([]);
    expect(linesOf("packages/plan/src/fine.test.ts", 'export const type = "netflow";\n')).toEqual([]);
  });
});

test("this checkout has none, and every shared folder was read", () => {
  expect(typeNames(project)).toContain("one2many");
  const { read, violations } = checkTypeNames(project);
  expect(violations).toEqual([]);
  expect(read).toBeGreaterThan(150);
});
