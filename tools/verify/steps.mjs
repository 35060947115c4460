/**
 * The steps of `npm run verify`, in order. A gate is one command that passes or fails and counts as one test; a suite is a
 * vitest run whose tests are counted each; a program of ours states its own counts in its last line. `needs: "build"` steps drive the built commands.
 */
const bin = (path) => `node_modules/${path}`;

const suite = (config, ...projects) => [
  bin("vitest/vitest.mjs"),
  "run",
  "--config",
  config,
  ...projects.flatMap((project) => ["--project", project]),
];

export const STEPS = [
  { name: "format", gates: [[bin("oxfmt/bin/oxfmt"), "--check", "."]] },
  { name: "lint", gates: [[bin("oxlint/bin/oxlint"), "--deny-warnings", "."]] },
  { name: "boundaries", gates: [["tools/boundaries/main.mjs"], ["tools/type-names/main.mjs"]] },
  { name: "citations", gates: [["tools/citations/main.mjs"]] },
  {
    name: "types",
    gates: [
      [bin("typescript/bin/tsc"), "-b"],
      [bin("typescript/bin/tsc"), "-p", "tsconfig.test.json"],
      [bin("svelte-check/bin/svelte-check"), "--workspace", "packages/console", "--fail-on-warnings"],
    ],
  },
  { name: "unused", gates: [[bin("knip/bin/knip.js")], [bin("knip/bin/knip.js"), "--strict", "--dependencies"]] },
  { name: "drift", gates: [["tools/gen.mjs", "--check"]] },
  { name: "unit", suite: suite("vitest.config.ts", "unit") },
  { name: "contract", suite: suite("vitest.config.ts", "contract") },
  { name: "golden", program: ["tools/golden.mjs"], needs: "build" },
  { name: "cli", suite: suite("tests/vitest.config.ts", "cli"), needs: "build" },
  { name: "interop", suite: suite("tests/vitest.config.ts", "interop"), needs: "build" },
  { name: "hosts", suite: suite("tests/vitest.config.ts", "hosts"), needs: "build" },
  { name: "browser", suite: suite("tests/vitest.config.ts", "e2e"), needs: "build" },
];
