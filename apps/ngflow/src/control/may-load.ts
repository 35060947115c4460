import { statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import type { ClientRights } from "./client-rights.ts";
import { ControlError } from "./errors.ts";
import { changeableEntry } from "./path-makers.ts";

/**
 * Refuses a module file that a client may not load: a module is code that runs with the daemon's rights. The owner may
 * load any. A member of the group may load files in the directory of `--modules`, as long as only root and the daemon's
 * user can change them. A member learns nothing of files outside of that directory.
 *
 * @param path as the client sent it.
 * @param modules the directory of `--modules`; undefined if there is none.
 * @throws NgflowError `module-denied`.
 */
export function requireMayLoad(path: string, rights: ClientRights, modules: string | undefined): void {
  if (rights === "owner") return;
  if (modules === undefined) {
    throw new ControlError(
      "module-denied",
      "only the daemon's user may load files; start the daemon with --modules DIR to let its group load those of DIR",
    );
  }
  const way = relative(modules, resolve(modules, path));
  if (way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new ControlError("module-denied", `can't load ${path}: the group may load files of ${modules} only`);
  }
  const entry = changeableEntry(path, process.getuid?.() ?? 0);
  if (entry !== undefined) throw new ControlError("module-denied", `can't load ${path}: ${entry}`);
}

/**
 * Checks the directory of `--modules`. Returns its absolute path.
 * @throws NgflowError `modules-directory` if it does not exist or if others than root and this user can change it.
 */
export function modulesDirectory(directory: string): string {
  const path = resolve(directory);
  const refuse = (why: string): never => {
    throw new ControlError("modules-directory", `--modules ${directory}: ${why}`);
  };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory()) return refuse("not a directory; make it, or name another");
  const entry = changeableEntry(path, process.getuid?.() ?? 0);
  if (entry !== undefined) refuse(`${entry}; only root and the daemon's user may be able to change it`);
  return path;
}
