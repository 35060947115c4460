// node tools/verify/watched.mjs SETTINGS COMMAND…: runs a command to its end, writes to a file what it left behind, and
// ends with its exit status. SETTINGS is JSON: `report`, the file, and what leftovers.mjs asks to know of a run.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { leftSince, look, removeMarked } from "./leftovers.mjs";

const [settings = "", command = "", ...args] = process.argv.slice(2);
const { report, ...run } = JSON.parse(settings);

const before = look(run);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
const status = await new Promise((resolve) => {
  child.on("error", () => resolve(127));
  child.on("exit", (code) => resolve(code ?? 1));
});
const left = await leftSince(before, run);
writeFileSync(report, JSON.stringify(left));
removeMarked(run);
process.exit(status);
