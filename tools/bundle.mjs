// Bundles what starts often and runs short into few files: reading and linking many modules takes longer than metering
// a small capture.
//
// - The package `base`, which every command loads: one file in the place of its compiled entry.
// - The verb `export`, and the code of its threads for files. What the rest of the process shares with it (errors, and
//   what npm installs) stays apart, and so does what the verb loads by `import()`: live metering, its threads.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspaces.mjs";

const app = join(root, "apps/ngflow");
const SHARED = new Set(["@ngflow/base", "commander", "koffi"]);
const VERB = "src/commands/ngflow/verbs/export.ts";
/** What is bundled, by the place of the compiled file that the bundle replaces. */
const ENTRIES = { "commands/ngflow/verbs/export": VERB, "export/capture-thread": "src/export/capture-thread.ts" };

const keptApart = {
  name: "kept apart",
  resolveId: (id, importer, { kind }) => {
    if (SHARED.has(id)) return { id, external: true };
    // Relative paths stay valid: each bundle is where the compiled file would be.
    const loadedByVerb = kind === "dynamic-import" && importer?.endsWith(VERB) === true;
    return loadedByVerb ? { id: id.replace(/[.]ts$/, ".js"), external: true } : null;
  },
};

/** Bundles the entries of a folder into its `dist`. Comments are left out: they would be read at every start. */
async function write(cwd, input, plugins) {
  const resolve = { conditionNames: ["@ngflow/source", "node", "import"] };
  const bundle = await rolldown({ cwd, input, platform: "node", resolve, plugins });
  await bundle.write({
    dir: join(cwd, "dist"),
    format: "esm",
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "bundled/[name].js",
  });
}

rmSync(join(app, "dist/bundled"), { recursive: true, force: true });
await write(join(root, "packages/base"), { index: "src/index.ts" }, []);
await write(app, ENTRIES, [keptApart]);
