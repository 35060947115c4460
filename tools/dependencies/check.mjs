import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = "docs/dependencies.md";
const FIELDS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
const RUN_TIME = ["dependencies", "optionalDependencies"];

/** Cells of the page's tables, without their headers and links. */
function rowsOn(page) {
  const rows = page.split("\n").filter((line) => /^\| *[^ |-]/.test(line) && !/^\| *dependency /.test(line));
  return rows.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim()),
  );
}

/** The dependencies that the page names: the first word of each item in the first column of its tables. */
function namesOn(rows) {
  return new Set(rows.flatMap(([cell]) => cell.split(",").map((item) => item.trim().split(" ")[0])));
}

/** Dependencies of the checkout by name, with the manifests that have them. Its own packages are left out. */
function dependenciesOf(root, fields) {
  const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const { workspaces } = manifestOf(".");
  const folders = [".", ...workspaces.filter((folder) => existsSync(join(root, folder, "package.json")))];
  const manifests = folders.map((folder) => ({ path: join(folder, "package.json"), ...manifestOf(folder) }));
  const own = new Set(manifests.map(({ name }) => name));
  const found = new Map();
  for (const manifest of manifests) {
    for (const name of fields.flatMap((field) => Object.keys(manifest[field] ?? {}))) {
      if (!own.has(name)) found.set(name, [...(found.get(name) ?? []), manifest.path]);
    }
  }
  return found;
}

/** What the lock file says of a package, in the words of the page. */
function factsOf(name, packages) {
  const { license, hasInstallScript, optionalDependencies = {} } = packages[`node_modules/${name}`] ?? {};
  const parts = Object.keys(optionalDependencies).map((part) => packages[`node_modules/${part}`] ?? {});
  return {
    licence: license ?? "unknown",
    native: parts.some(({ os, cpu }) => os !== undefined || cpu !== undefined),
    script: hasInstallScript === true,
  };
}

/** One line for each dependency at run time of which the page lacks the row of facts, or has it wrong. */
function factFaults(root, rows) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const stated = new Map(rows.filter((row) => row.length === 4).map((row) => [row[0], row]));
  return [...dependenciesOf(root, RUN_TIME).keys()].flatMap((name) => {
    const row = stated.get(name);
    if (row === undefined) return [`${PAGE} does not say what ${name} is made of`];
    const [, licence, ships, script] = row;
    const facts = factsOf(name, packages);
    const faults = [];
    if (licence !== facts.licence) faults.push(`its licence is ${facts.licence}, not ${licence}`);
    if (ships.startsWith("native") !== facts.native)
      faults.push(facts.native ? "it ships native binaries" : "it ships no native binary");
    if ((script !== "none") !== facts.script)
      faults.push(facts.script ? "it has an install script" : "it has no install script");
    return faults.map((fault) => `${PAGE}: ${name}: ${fault}`);
  });
}

/**
 * One line for each dependency that the page lacks, for each name on the page that is not a dependency, and for each
 * fact that differs from the lock file.
 */
export function checkDependencies(root) {
  const dependencies = dependenciesOf(root, FIELDS);
  const rows = rowsOn(readFileSync(join(root, PAGE), "utf8"));
  const names = namesOn(rows);
  return [
    ...[...dependencies]
      .filter(([name]) => !names.has(name))
      .map(([name, paths]) => `${PAGE} gives no reason for ${name} of ${paths.join(", ")}`),
    ...[...names].filter((name) => !dependencies.has(name)).map((name) => `${PAGE}: ${name} is not a dependency`),
    ...factFaults(root, rows),
  ];
}
