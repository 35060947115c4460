// Makes what is released, in `release/`: the package for npm, the packages for Debian, the licences and the bill of
// materials of what they ship, and checksums. Nothing is published.
// Usage: node tools/release.mjs [--dry-run] [--libraries] [--debian [--no-database]] [--output DIR]
//   --dry-run  say what would be made, with the size of the package
//   --libraries  also @ngflow/base, wire, graph and flows, for programs that use them
//   --debian   also make the Debian packages: needs dpkg-deb, and installs the dependencies into the folder;
//              with --no-database, without the package `ngflow-store`
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { debianPackages } from "./release/debian.mjs";
import { billOfMaterials, licencesText } from "./release/licences.mjs";
import { stageLibraries } from "./release/libraries.mjs";
import { stage } from "./release/stage.mjs";
import { buildState } from "./staleness.mjs";
import { root } from "./workspaces.mjs";

const { values: options } = parseArgs({
  options: {
    "dry-run": { type: "boolean" },
    libraries: { type: "boolean" },
    debian: { type: "boolean" },
    "no-database": { type: "boolean" },
    output: { type: "string", default: join(root, "release") },
  },
});

if (buildState() !== "fresh") {
  process.stderr.write("release: what is built is older than its sources: run `npm run build` first\n");
  process.exit(1);
}

function npmPack(folder, output) {
  const words = ["pack", "--json", "--pack-destination", output, ...(options["dry-run"] ? ["--dry-run"] : [])];
  const { status, stdout, stderr } = spawnSync("npm", words, { cwd: folder, encoding: "utf8", maxBuffer: 64 << 20 });
  if (status !== 0) {
    process.stderr.write(`release: npm pack failed: ${stderr}\n`);
    process.exit(1);
  }
  const found = JSON.parse(stdout);
  return Array.isArray(found) ? found[0] : Object.values(found)[0];
}

const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const work = mkdtempSync(join(tmpdir(), "ngflow-release-"));
try {
  const output = resolve(options.output);
  const folder = join(work, "package");
  const { manifest, rows } = stage(folder);
  writeFileSync(join(folder, "THIRD-PARTY-LICENCES"), licencesText(rows));
  if (!options["dry-run"]) mkdirSync(output, { recursive: true });
  const { filename, size, unpackedSize, entryCount } = npmPack(folder, output);
  process.stdout.write(`${filename}: ${mib(size)}, ${mib(unpackedSize)} unpacked, ${entryCount} files\n`);
  process.stdout.write(
    `depends on ${rows.size} packages, of them ${[...rows.values()].filter((row) => !row.optional).length} always\n`,
  );
  if (!options["dry-run"]) {
    const made = [join(output, filename)];
    const bill = join(output, `${manifest.name}-${manifest.version}.cdx.json`);
    writeFileSync(bill, `${JSON.stringify(billOfMaterials(manifest, rows), null, 2)}\n`);
    made.push(bill);
    for (const library of options.libraries ? stageLibraries(join(work, "libraries")) : [])
      made.push(join(output, npmPack(library, output).filename));
    if (options.debian)
      made.push(...debianPackages({ folder, manifest, output, work, database: !options["no-database"] }));
    const sums = made.map(
      (path) => `${createHash("sha256").update(readFileSync(path)).digest("hex")}  ${basename(path)}\n`,
    );
    writeFileSync(join(output, "SHA256SUMS"), sums.join(""));
    for (const path of made.slice(1)) process.stdout.write(`${basename(path)}: ${mib(statSync(path).size)}\n`);
    process.stdout.write(`${output}: sha256sum --check SHA256SUMS\n`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
