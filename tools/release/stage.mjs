// Makes the folder that `npm pack` packs: the package `ngflow` with its workspaces in its own `node_modules`.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { basename, join, sep } from "node:path";
import { root, workspaces } from "../workspaces.mjs";
import { OPTIONAL, productionRows } from "./production.mjs";

const APP = "apps/ngflow";
/** Of a font package, which has every weight, what pictures are drawn with. */
const FONT = "@expo-google-fonts/m-plus-1p";
const FONT_FILES = [
  "package.json",
  "LICENSE",
  "LICENSE_FONT",
  "400Regular/MPLUS1p_400Regular.ttf",
  "700Bold/MPLUS1p_700Bold.ttf",
];

/**
 * The native part of koffi for this machine. It is an optional dependency of koffi, as its parts for other machines
 * are: an installation without optional packages, which is one without the database, has to have it all the same.
 */
const NATIVE = `@koromix/koffi-${platform()}-${arch()}`;

/** Whether a built file is loaded, or typed for writers of node types. Maps name sources that are not shipped. */
function isShipped(path) {
  const name = basename(path);
  if (/[.](map|tsbuildinfo)$/.test(name) || name === ".built") return false;
  if (path.split(sep).includes("testing")) return false;
  return !name.endsWith(".d.ts") || !path.startsWith(join(root, APP)) || name === "node-type.d.ts";
}

export const copyBuilt = (from, to) =>
  cpSync(from, to, { recursive: true, filter: (path) => statSync(path).isDirectory() || isShipped(path) });

export const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
export const read = (path) => JSON.parse(readFileSync(path, "utf8"));

/** An entry of `exports` without the sources, which are not shipped; undefined if nothing else is left. */
function shippedExport(entry) {
  const { "@ngflow/source": _, ...rest } = entry;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

export function shippedExports(exports) {
  if (exports === undefined) return undefined;
  const kept = Object.entries(exports).map(([path, entry]) => [path, shippedExport(entry)]);
  return Object.fromEntries(kept.filter(([, entry]) => entry !== undefined));
}

/** The manifest of a workspace inside the package: what it depends on is said by the package. */
function innerManifest({ name, version, license, type, exports }) {
  return { name, version, license, type, exports: shippedExports(exports) };
}

/**
 * Exact versions of everything that is always installed, what dependencies depend on included, as the lockfile has
 * them: an installation is the one that was tested. What the web console needs is in its built files.
 */
function pinned(rows) {
  const always = [...rows].filter(
    ([path, { optional }]) => !optional && /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path),
  );
  return Object.fromEntries(always.map(([path, { version }]) => [path.slice("node_modules/".length), version]));
}

/** Writes the package to a folder, and returns its manifest and the rows of what it depends on. */
export function stage(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const all = workspaces();
  const rows = productionRows(all.map((each) => each.folder));
  const inner = [];
  for (const { folder: from, manifest } of all.filter((each) => each.folder !== APP)) {
    const to = join(folder, "node_modules", manifest.name);
    mkdirSync(to, { recursive: true });
    copyBuilt(join(root, from, "dist"), join(to, "dist"));
    writeJson(join(to, "package.json"), innerManifest(manifest));
    inner.push({ name: manifest.name, version: manifest.version });
  }
  const font = join(folder, "node_modules", FONT);
  for (const file of FONT_FILES) cpSync(join(root, "node_modules", FONT, file), join(font, file));
  inner.push(read(join(font, "package.json")));

  const native = join(folder, "node_modules", NATIVE);
  cpSync(join(root, "node_modules", NATIVE), native, { recursive: true });
  // On another machine it is not used, which is no reason to refuse the installation.
  const { os: _, cpu: __, libc: ___, ...anywhere } = read(join(native, "package.json"));
  writeJson(join(native, "package.json"), anywhere);
  inner.push(anywhere);

  for (const part of ["bin", "dist"]) copyBuilt(join(root, APP, part), join(folder, part));
  for (const file of ["LICENSE", "CHANGELOG.md"]) cpSync(join(root, file), join(folder, file));
  cpSync(join(root, "deploy/man"), join(folder, "man"), { recursive: true });
  cpSync(join(root, "deploy/ngflow.schema.json"), join(folder, "ngflow.schema.json"));
  cpSync(join(root, "tools/release/README.package.md"), join(folder, "README.md"));

  const app = all.find((each) => each.folder === APP).manifest;
  const manifest = {
    ...app,
    exports: shippedExports(app.exports),
    files: undefined,
    man: readdirSync(join(folder, "man")).map((name) => `man/${name}`),
    devDependencies: undefined,
    dependencies: {
      ...pinned(rows),
      ...Object.fromEntries(inner.map((each) => [each.name, each.version])),
    },
    optionalDependencies: Object.fromEntries(OPTIONAL.map((each) => [each, rows.get(`node_modules/${each}`).version])),
    bundleDependencies: inner.map((each) => each.name),
  };
  writeJson(join(folder, "package.json"), manifest);
  return { manifest, rows };
}
