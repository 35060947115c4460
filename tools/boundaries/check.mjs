import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative } from "node:path";
import { cruise } from "dependency-cruiser";
import { layers } from "../../layers.config.mjs";
import { forbidden } from "./rules.mjs";

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "testdata"]);

/** Every TypeScript source under `packages/` and `apps/`, as paths relative to `root`. */
export function sourceFiles(root) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) walk(path);
      else if (entry.isFile() && /[.]ts$/.test(entry.name)) found.push(relative(root, path));
    }
  };
  walk(join(root, "packages"));
  walk(join(root, "apps"));
  return found.sort();
}

/** The modules that other packages may name: the sources behind every entry of every package's `exports`. */
function publicEntries(root) {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
    return Object.values(manifest.exports ?? {})
      .map((entry) => entry["@ngflow/source"])
      .filter((source) => source !== undefined)
      .map((source) => posix.join("packages", name, source));
  });
}

/** Manifests that declare an ngflow package which their layer may not import, and folders without a layer. */
function manifestViolations(root) {
  const found = [];
  for (const folder of ["packages", "apps"]) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(folder, entry.name, "package.json");
      const layer = layers[entry.name];
      if (layer === undefined) {
        found.push({ rule: "layer-missing", from: path, to: "layers.config.mjs" });
        continue;
      }
      const manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
      const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
      for (const name of declared.filter((each) => each.startsWith("@ngflow/"))) {
        if (!layer.may.includes(name.slice("@ngflow/".length))) found.push({ rule: "manifest", from: path, to: name });
      }
    }
  }
  return found;
}

/** Imports that reach another package by a relative path: its manifest would not say so. */
function pathViolations(modules) {
  const folderOf = (path) => path.split("/").slice(0, 2).join("/");
  return modules.flatMap(({ source, dependencies }) =>
    dependencies
      .filter((each) => each.module.startsWith(".") && /^(packages|apps)\//.test(each.resolved))
      .filter((each) => folderOf(each.resolved) !== folderOf(source))
      .map((each) => ({ rule: "no-path-across", from: source, to: each.resolved })),
  );
}

/**
 * Checks the direction of dependency of a checkout.
 * `visited` lists ngflow's modules that were read. A source on disk that was not visited is a violation too, so that a
 * check that read nothing cannot pass.
 * @param {string} root absolute path of the checkout, with its `node_modules`
 * @returns {Promise<{ visited: string[], violations: { rule: string, from: string, to: string }[] }>}
 */
export async function checkBoundaries(root) {
  const { output } = await cruise(
    ["packages", "apps"],
    {
      baseDir: root,
      ruleSet: { forbidden: forbidden(publicEntries(root)) },
      validate: true,
      doNotFollow: { path: "node_modules|/dist/" },
      exclude: { path: "/dist/|/testdata/" },
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      skipAnalysisNotInRules: true,
    },
    { conditionNames: ["@ngflow/source", "import", "node", "default"], exportsFields: ["exports"], symlinks: true },
  );
  const visited = output.modules.map((each) => each.source).filter((path) => /^(packages|apps)\//.test(path));
  const seen = new Set(visited);
  const unseen = sourceFiles(root).filter((path) => !seen.has(path));
  return {
    visited,
    violations: [
      ...output.summary.violations.map((each) => ({ rule: each.rule.name, from: each.from, to: each.to })),
      ...pathViolations(output.modules),
      ...unseen.map((path) => ({ rule: "not-visited", from: path, to: "" })),
      ...manifestViolations(root),
    ],
  };
}
