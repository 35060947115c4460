// Bundles what starts often and runs short into few files: reading and linking many modules takes longer than metering
// a small capture.
//
// - The package `base`, which every command loads: one file in the place of its compiled entry.
// - `ngflow export` with its threads, and `ngflow query`: one script each, and V8's compiled form of it, which
//   `apps/ngflow/bin` loads.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { rolldown } from "rolldown";
import { warmCapture } from "./bundle/warm-capture.mjs";
import { root } from "./workspaces.mjs";

const app = join(root, "apps/ngflow");
const bundled = join(app, "dist/bundled");
/** The threads of the bundle: the function that starts one, and its compiled file. */
const THREADS = { captureThread: "export/capture-thread", meterThread: "export/meter-thread" };
const MAIN = { main: "commands/ngflow/main" };
/** What a verb's bundle starts. */
const STARTS = { export: { ...MAIN, ...THREADS }, query: MAIN };
const ENTRY = "\0starts";

const bundleOf = (verb) => ({
  name: `${verb} bundle`,
  resolveId: (id, importer, { kind }) => {
    if (id === ENTRY) return id;
    // The other verbs are not in the bundle: it runs for this one only.
    const isOtherVerb = kind === "dynamic-import" && importer.endsWith("/verbs.ts") && id !== `./verbs/${verb}.ts`;
    return isOtherVerb ? { id, external: true } : null;
  },
  load: (id) => {
    if (id !== ENTRY) return null;
    const start = ([name, file]) => `export const ${name} = () => import(${JSON.stringify(`${app}/src/${file}.ts`)});`;
    return Object.entries(STARTS[verb]).map(start).join("\n");
  },
  transform: (code, id) => {
    const path = relative(join(app, "src"), id);
    if (path.startsWith("..") || !code.includes("import.meta.url")) return null;
    // A module names the files of threads relative to itself, with its own extension.
    const compiled = JSON.stringify(`../${path.replace(/[.]ts$/, ".cjs")}`);
    return code.replaceAll("import.meta.url", `new URL(${compiled}, import.meta.url).href`);
  },
});

/** Bundles one entry. Comments are left out: they would be read at every start. */
async function bundle(cwd, input, format, plugins) {
  const resolve = { conditionNames: ["@ngflow/source", "node", "import"] };
  const built = await rolldown({
    cwd,
    input,
    platform: "node",
    external: ["koffi", "chdb", "@clickhouse/client"],
    resolve,
    plugins,
  });
  const {
    output: [chunk],
  } = await built.generate({ format, comments: false, codeSplitting: false, dynamicImportInCjs: false });
  return chunk.code;
}

/** Characters outside ASCII as escapes: without comments, they are only in literals. */
function ascii(code) {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Runs a bundle once, which compiles the functions that it needs, and keeps what V8 made. */
async function writeCache(verb, ...args) {
  const child = spawn(process.execPath, [join(root, "tools/bundle/warm.mjs"), verb, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`bundle: the run of ${verb} that fills the code cache ended with ${code}`);
}

/** Runs both bundles: a small capture is metered, and a question asked of a data directory without flows. */
async function warm() {
  const work = mkdtempSync(join(tmpdir(), "ngflow-bundle-"));
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  try {
    await once(socket, "listening");
    const capture = join(work, "warm.pcap");
    writeFileSync(capture, warmCapture());
    await writeCache("export", "-r", capture, "--to", `udp://127.0.0.1:${socket.address().port}`);
    const data = join(work, "data");
    mkdirSync(join(data, "spool"), { recursive: true });
    await writeCache("query", "--data", data, "--by", "SrcAddr", "--from", "1970-01-01", "proto", "tcp");
  } finally {
    socket.close();
    rmSync(work, { recursive: true, force: true });
  }
}

rmSync(bundled, { recursive: true, force: true });
mkdirSync(bundled, { recursive: true });
const base = join(root, "packages/base");
writeFileSync(join(base, "dist/index.js"), await bundle(base, "src/index.ts", "esm", []));

for (const [name, file] of Object.entries(THREADS)) {
  writeFileSync(join(app, `dist/${file}.cjs`), `require("../../bin/bundle.js").loadBundle().exports.${name}();\n`);
}
for (const verb of Object.keys(STARTS)) {
  const code = ascii(await bundle(app, ENTRY, "cjs", [bundleOf(verb)]));
  writeFileSync(join(bundled, `${verb}.cjs`), `(function (exports, require, __filename) {${code}\n})`);
}
await warm();
