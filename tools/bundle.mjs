// Bundles the verb `export`, which starts often and runs short, and the code of its threads for files into few files:
// reading and linking seventy modules takes longer than metering a small capture. What the rest of the process shares
// with it (errors, and what npm installs) stays apart, and so does what the verb loads by `import()`: live metering,
// its threads.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspaces.mjs";

const app = join(root, "apps/ngflow");
const SHARED = new Set(["@ngflow/base", "commander", "koffi"]);
const VERB = "src/commands/ngflow/verbs/export.ts";
/** What is bundled, by the place of the compiled file that the bundle replaces. */
const ENTRIES = { "commands/ngflow/verbs/export": VERB, "export/capture-thread": "src/export/capture-thread.ts" };

const bundle = await rolldown({
  cwd: app,
  input: ENTRIES,
  platform: "node",
  resolve: { conditionNames: ["@ngflow/source", "node", "import"] },
  plugins: [
    {
      name: "kept apart",
      resolveId: (id, importer, { kind }) => {
        if (SHARED.has(id)) return { id, external: true };
        // Relative paths stay valid: each bundle is where the compiled file would be.
        const loadedByVerb = kind === "dynamic-import" && importer?.endsWith(VERB) === true;
        return loadedByVerb ? { id: id.replace(/[.]ts$/, ".js"), external: true } : null;
      },
    },
  ],
});
rmSync(join(app, "dist/bundled"), { recursive: true, force: true });
await bundle.write({
  dir: join(app, "dist"),
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "bundled/[name].js",
});
