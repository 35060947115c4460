import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout this file belongs to. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The workspace folders of the root manifest that exist, in dependency order, with their manifests. */
export function workspaces() {
  const { workspaces: folders } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return folders
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) }));
}
