/**
 * The steps of `npm run verify`, in the order in which they start when there is room.
 *
 * What a step does is one of three:
 * - `gates`: commands that each pass or fail, and count as one test each;
 * - `suite`: a vitest run, whose tests are counted;
 * - `program`: a program of ours that closes with `N passed, N failed`.
 *
 * What it asks of the machine:
 * - `cores`: how many cores it keeps busy. Steps run together while their sum is at most the cores of the machine;
 * - `alone`: nothing runs beside it, because it measures time or writes what others read;
 * - `after`: starts when these steps have ended, if they are run at all;
 * - `needs`: these steps are run even if they were not asked for, and this one fails when they fail;
 * - `files`: it is long: each of its test files is named when it ends.
 */
const bin = (path) => `node_modules/${path}`;

const suite = (config, ...words) => [bin("vitest/vitest.mjs"), "run", "--config", config, ...words];
const own = (project, ...words) => suite("vitest.config.ts", "--project", project, ...words);
const crossing = (project, ...words) => suite("tests/vitest.config.ts", "--project", project, ...words);

export const STEPS = [
  {
    name: "types",
    does: "compiles all code and tests",
    cores: 1,
    gates: [
      [bin("typescript/bin/tsc"), "-b"],
      [bin("typescript/bin/tsc"), "-p", "tsconfig.test.json"],
      [bin("svelte-check/bin/svelte-check"), "--workspace", "packages/console", "--fail-on-warnings"],
    ],
  },
  { name: "format", does: "the layout of every file", cores: 1, gates: [[bin("oxfmt/bin/oxfmt"), "--check", "."]] },
  {
    name: "lint",
    does: "the rules of .oxlintrc.json",
    cores: 1,
    gates: [[bin("oxlint/bin/oxlint"), "--deny-warnings", "."]],
  },
  {
    name: "boundaries",
    does: "which package imports which, and that shared files name no node type",
    cores: 1,
    gates: [["tools/boundaries/main.mjs"], ["tools/type-names/main.mjs"]],
  },
  {
    name: "citations",
    does: "the sections that comments cite exist, and comments and pages fit 120 columns",
    cores: 1,
    gates: [["tools/citations/main.mjs"], ["tools/prose/main.mjs"]],
  },
  {
    name: "errors",
    does: "every error code is in one table, has a meaning, and is thrown",
    cores: 1,
    gates: [["tools/errors/main.mjs"]],
  },
  {
    name: "unused",
    does: "files, exports and dependencies that nothing uses",
    cores: 1,
    gates: [[bin("knip/bin/knip.js")], [bin("knip/bin/knip.js"), "--strict", "--dependencies"]],
  },
  // It writes the generated files again, where other steps would read them.
  {
    name: "drift",
    does: "generated files are what their generators write",
    alone: true,
    after: ["types"],
    gates: [["tools/gen.mjs", "--check"]],
  },
  {
    name: "build",
    does: "builds the commands and the console, if they are older than their sources",
    cores: 1,
    after: ["types", "drift"],
    gates: [["tools/build-missing.mjs"]],
  },
  { name: "unit", does: "tests beside the sources", cores: 1, after: ["drift"], suite: own("unit") },
  {
    name: "contract",
    does: "tests of every implementation of an interface",
    cores: 1,
    after: ["drift"],
    suite: own("contract"),
  },
  { name: "golden", does: "recorded FreeBSD behaviour", cores: 1, needs: ["build"], program: ["tools/golden.mjs"] },
  {
    name: "fuzz",
    does: "hostile datagrams for a minute; npm run fuzz -- --seconds 3600 is an hour of it",
    cores: 1,
    needs: ["build"],
    program: ["tools/fuzz.mjs"],
  },
  {
    name: "interop",
    does: "other exporters and collectors",
    cores: 0.5,
    needs: ["build"],
    files: true,
    suite: crossing("interop"),
  },
  {
    name: "cli",
    does: "the built commands, the pages and the examples",
    cores: 1.5,
    needs: ["build"],
    files: true,
    suite: crossing("cli"),
  },
  {
    name: "node",
    does: "the commands, and tests of what calls Node.js, on Node.js 22, 24 and 26",
    cores: 1,
    needs: ["build"],
    program: ["tools/node-versions.mjs", "--tests", "near"],
  },
  {
    name: "extend",
    does: "what npm run new makes compiles and passes, in a copy of the checkout",
    cores: 1,
    after: ["types", "drift"],
    needs: ["build"],
    files: true,
    suite: crossing("extend"),
  },
  {
    name: "browser",
    does: "the console in Chromium",
    cores: 0.5,
    needs: ["build"],
    files: true,
    suite: crossing("e2e"),
  },
  {
    name: "hosts",
    does: "hosts in network namespaces (root)",
    cores: 1.5,
    needs: ["build"],
    files: true,
    suite: crossing("hosts"),
  },
  {
    name: "timing",
    does: "hosts, where a test measures time or floods an interface",
    alone: true,
    needs: ["build"],
    files: true,
    suite: crossing("hosts-timing"),
  },
  {
    name: "attack",
    does: "the short forms of the attacks (root); npm run attack has the long ones",
    alone: true,
    needs: ["build"],
    files: true,
    suite: crossing("attack"),
  },
];
