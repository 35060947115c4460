// Bundles the verb `export`, which starts often and runs short, into few files: reading and linking seventy modules takes longer than
// metering a small capture. What the rest of the process shares with it (errors, and all that packages install) stays apart,
// and so does live metering.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { root } from "./workspaces.mjs";

const app = join(root, "apps/ngflow");
const SHARED = new Set(["@ngflow/base", "commander", "koffi"]);
/** Loaded by `import()` only; named as `tsc` leaves it in `dist`. */
const LIVE = "../../export/meter-interface";

const bundle = await rolldown({
  cwd: app,
  input: { export: "src/ngflow/verbs/export.ts" },
  platform: "node",
  resolve: { conditionNames: ["@ngflow/source", "node", "import"] },
  plugins: [
    {
      name: "kept apart",
      resolveId: (id) => {
        if (SHARED.has(id)) return { id, external: true };
        return id === `${LIVE}.ts` ? { id: `${LIVE}.js`, external: true } : null;
      },
    },
  ],
});
rmSync(join(app, "dist/bundled"), { recursive: true, force: true });
await bundle.write({
  dir: join(app, "dist"),
  format: "esm",
  entryFileNames: "ngflow/verbs/[name].js",
  chunkFileNames: "bundled/[name].js",
});
