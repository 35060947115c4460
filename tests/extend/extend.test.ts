import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CheckoutCopy } from "./checkout-copy.ts";

interface Addition {
  readonly kind: string;
  readonly words: readonly string[];
  /** The folder that is new, or has one more file. */
  readonly made: string | null;
  /** The one existing file that gets a line. */
  readonly touched: string;
}

/**
 * What each kind of addition costs: a folder and a line in one table. Where the table is an array of imported rows, the
 * line has an import with it.
 */
const ADDITIONS: readonly Addition[] = [
  { kind: "node", words: ["mirror"], made: "packages/nodes/src/mirror", touched: "packages/nodes/src/node-types.ts" },
  { kind: "column", words: ["QueueId"], made: null, touched: "packages/flows/src/columns/device.ts" },
  { kind: "column", words: ["SrcPlace"], made: null, touched: "packages/flows/src/columns/device.ts" },
  {
    kind: "chart",
    words: ["facts"],
    made: "packages/console/src/charts/facts",
    touched: "packages/console/src/charts/index.ts",
  },
  // A chart is on a view: the view that shows it names it.
  {
    kind: "view",
    words: ["trial", "facts"],
    made: "packages/console/src/views",
    touched: "packages/console/src/views/index.ts",
  },
  {
    kind: "route",
    words: ["capabilities"],
    made: "packages/server/src/routes",
    touched: "packages/server/src/routes/index.ts",
  },
  {
    kind: "protocol",
    words: ["sampled"],
    made: "packages/wire/src/sampled",
    touched: "packages/wire/src/protocols.ts",
  },
  {
    kind: "verb",
    words: ["where"],
    made: "apps/ngflow/src/commands/ngflow/verbs",
    touched: "apps/ngflow/src/commands/ngflow/verbs.ts",
  },
];

let copy: CheckoutCopy;
beforeAll(() => {
  copy = new CheckoutCopy();
});
afterAll(() => copy?.remove());

describe("a scaffold and the line it prints", () => {
  test.each(ADDITIONS)("$kind $words.0", ({ kind, words, made, touched }) => {
    const before = copy.files();
    expect(copy.fault("tools/new.mjs", kind, ...words, "--apply")).toBeUndefined();
    const after = copy.files();
    const added = [...after.keys()].filter((path) => !before.has(path));
    const changed = [...after.keys()].filter((path) => before.has(path) && before.get(path) !== after.get(path));
    expect(new Set(added.map((path) => dirname(path)))).toEqual(new Set(made === null ? [] : [made]));
    expect(changed).toEqual([touched]);
    // A second one of that name is refused, and changes nothing.
    if (made !== null) expect(copy.fault("tools/new.mjs", kind, ...words)).toContain("exists already");
  });
});

describe("the checkout with all of them", () => {
  const bin = (path: string): string => `node_modules/${path}`;

  test.each([
    ["is formatted", [bin("oxfmt/bin/oxfmt"), "."]],
    ["has its generated pages", ["tools/gen.mjs"]],
    ["compiles", [bin("typescript/bin/tsc"), "-b"]],
    ["compiles with its tests", [bin("typescript/bin/tsc"), "-p", "tsconfig.test.json"]],
    [
      "has sound components",
      [bin("svelte-check/bin/svelte-check"), "--workspace", "packages/console", "--fail-on-warnings"],
    ],
    ["keeps the boundaries", ["tools/boundaries/main.mjs"]],
    ["is free of lint", [bin("oxlint/bin/oxlint"), "--deny-warnings", "packages", "apps"]],
  ])("%s", { timeout: 300_000 }, (_, args) => {
    expect(copy.fault(...args)).toBeUndefined();
  });

  test("passes the tests that every addition must pass", { timeout: 400_000 }, () => {
    const paths = [
      "packages/nodes/src/contract.test.ts",
      "packages/nodes/src/text.test.ts",
      "packages/nodes/src/mirror",
      "packages/flows/src",
      "packages/wire/src/protocol-table.test.ts",
      "packages/wire/src/sampled",
      "packages/collector/src/plan",
      "packages/server/src/server.test.ts",
      "packages/server/src/routes",
      // Not counters: whoever adds one translates its sentence, and until then their test names it.
      ...["charts", "components", "filter", "format", "messages", "state", "testing", "theme", "views"].map(
        (folder) => `packages/console/src/${folder}`,
      ),
      "packages/store/src/chdb/chdb.test.ts",
    ];
    expect(copy.fault(bin("vitest/vitest.mjs"), "run", ...paths)).toBeUndefined();
  });

  test("has the verb, the node type, the protocol and the column where people look for them", () => {
    expect(copy.fault(bin("vite/bin/vite.js"), "build", "packages/console")).toBeUndefined();
    expect(copy.fault("apps/ngflow/bin/ngflow.js", "where", "--json")).toBeUndefined();
    const files = copy.files();
    expect(files.get("docs/reference/node-types.md")).toContain("## mirror");
  });
});
