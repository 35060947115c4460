// What a release depends on: the packages of package-lock.json that an installed ngflow loads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

/** The lockfile's rows by path. */
const lock = () => JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;

/** Where a package that another one asks for is, as Node.js looks for it: nearest first. */
function find(rows, from, name) {
  for (let folder = from; ;) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (rows[path] !== undefined) return path;
    if (folder === "") return undefined;
    const up = folder.lastIndexOf("/node_modules/");
    folder = up < 0 ? "" : folder.slice(0, up);
  }
}

/**
 * The rows of the lockfile that the workspaces need at run time, by path; those of workspaces are left out. `optional`
 * is true for what no other package but an optional one needs.
 */
export function productionRows(folders) {
  const rows = lock();
  const found = new Map();
  const visit = (path, optional) => {
    const known = found.get(path);
    if (known !== undefined && (known.optional !== true || optional)) return;
    const row = rows[path];
    found.set(path, { ...row, optional: optional || undefined });
    follow(path, row, optional);
  };
  const follow = (from, { dependencies = {}, optionalDependencies = {} }, optional) => {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (name.startsWith("@ngflow/")) continue;
      const path = find(rows, from, name);
      if (path !== undefined) visit(path, optional || name in optionalDependencies || OPTIONAL.includes(name));
    }
  };
  for (const folder of folders) follow(folder, rows[folder], false);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Direct dependencies that an installation may do without: verbs that need one say so. */
export const OPTIONAL = ["chdb"];
