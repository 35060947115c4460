// Bundles the verb `export`, which starts often and runs short, into few files: reading and linking seventy modules
// takes longer than metering a small capture. What the rest of the process shares with it (errors, and what npm
// installs) stays apart, and so does what the verb loads by `import()`: live metering, its threads.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspaces.mjs";

const app = join(root, "apps/ngflow");
const SHARED = new Set(["@ngflow/base", "commander", "koffi"]);
const VERB = "src/commands/ngflow/verbs/export.ts";

const bundle = await rolldown({
  cwd: app,
  input: { export: VERB },
  platform: "node",
  resolve: { conditionNames: ["@ngflow/source", "node", "import"] },
  plugins: [
    {
      name: "kept apart",
      resolveId: (id, importer, { kind }) => {
        if (SHARED.has(id)) return { id, external: true };
        // The bundle is written where the compiled verb would be, so that relative paths stay valid.
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
  entryFileNames: "commands/ngflow/verbs/[name].js",
  chunkFileNames: "bundled/[name].js",
});
