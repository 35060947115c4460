// Runs a verb of `ngflow` from its bundle, and writes V8's compiled form of it when the process ends: by then it has
// the functions that were called.
import { writeFileSync } from "node:fs";
import { cacheFile, loadBundle } from "../../apps/ngflow/bin/bundle.js";

const [, , verb] = process.argv;
const { exports: starts, script } = loadBundle(verb);
process.on("exit", () => writeFileSync(cacheFile(verb), script.createCachedData()));
starts.main();
