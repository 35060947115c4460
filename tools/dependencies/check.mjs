import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = "docs/dependencies.md";
const FIELDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

/** The dependencies that the page names: the first word of each item in the first column of its tables. */
function namesOn(page) {
  const rows = page.split("\n").filter((line) => /^\| *[^ |-]/.test(line) && !/^\| *dependency /.test(line));
  const cells = rows.map((line) => line.split("|")[1].replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
  return new Set(cells.flatMap((cell) => cell.split(",").map((item) => item.trim().split(" ")[0])));
}

/** Dependencies of the checkout by name, with the manifests that have them. Its own packages are left out. */
function dependenciesOf(root) {
  const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { workspaces } = manifestOf(".");
  const folders = [".", ...workspaces.filter((folder) => existsSync(join(root, folder, "package.json")))];
  const manifests = folders.map((folder) => ({ path: join(folder, "package.json"), ...manifestOf(folder) }));
  const own = new Set(manifests.map(({ name }) => name));
  const found = new Map();
  for (const manifest of manifests) {
    for (const name of FIELDS.flatMap((field) => Object.keys(manifest[field] ?? {}))) {
      if (!own.has(name)) found.set(name, [...(found.get(name) ?? []), manifest.path]);
    }
  }
  return found;
}

/** One line for each dependency that the page lacks, and for each name on the page that is not a dependency. */
export function checkDependencies(root) {
  const dependencies = dependenciesOf(root);
  const names = namesOn(readFileSync(join(root, PAGE), "utf8"));
  return [
    ...[...dependencies]
      .filter(([name]) => !names.has(name))
      .map(([name, paths]) => `${PAGE} gives no reason for ${name} of ${paths.join(", ")}`),
    ...[...names].filter((name) => !dependencies.has(name)).map((name) => `${PAGE}: ${name} is not a dependency`),
  ];
}
