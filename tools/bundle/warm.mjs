// Runs `ngflow export` from its bundle, and writes V8's compiled form of it when the process ends: by then it has the
// functions that were called.
import { writeFileSync } from "node:fs";
import { cacheFile, loadBundle } from "../../apps/ngflow/bin/bundle.js";

const { exports: starts, script } = loadBundle();
process.on("exit", () => writeFileSync(cacheFile, script.createCachedData()));
starts.main();
