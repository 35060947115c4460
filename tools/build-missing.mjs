// Builds only when something is missing or older than its sources; prints nothing when there is nothing to do.
import { buildState } from "./staleness.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`ngflow needs Node.js 20.19 or newer; this is ${process.version}\n`);
  process.exit(1);
}

const state = buildState();
if (state !== "fresh") {
  const what = state === "missing" ? "first build, once, a minute or more" : "sources changed, building again";
  process.stdout.write(`ngflow: ${what}\n`);
  await import("./build.mjs");
}
