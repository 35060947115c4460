import { existsSync, lstatSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { ServiceError } from "../errors.ts";

/**
 * Where a file is below an installation directory, with every symbolic link on the way resolved as this machine does.
 * @param root the installation directory; "/" is the machine itself, where links lead wherever they lead.
 * @param path absolute path of the file on the machine that is installed.
 * @throws NgflowError `install-outside` if a link leads out of `root` or to nothing.
 */
export function insideRoot(root: string, path: string): string {
  const parts = path.split(sep).filter((part) => part !== "");
  if (!existsSync(root)) return join(root, ...parts);
  const base = realpathSync(root);
  let at = base;
  for (const [i, part] of parts.entries()) {
    const next = join(at, part);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return join(at, ...parts.slice(i));
    at = stats.isSymbolicLink() ? linked(next, base, root) : next;
  }
  return at;
}

function linked(link: string, base: string, root: string): string {
  const target = existsSync(link) ? realpathSync(link) : undefined;
  const isInside = target !== undefined && (base === sep || target === base || target.startsWith(base + sep));
  if (isInside) return target;
  const where = target === undefined ? "nothing" : `${target}, out of ${root}`;
  throw new ServiceError("install-outside", `${link} is a link to ${where}; remove it, or choose another --root`);
}
