// Makes the folders that `npm pack` packs of the packages that other programs may use as libraries.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";
import { copyBuilt, read, shippedExports, writeJson } from "./stage.mjs";

/** What is published apart from `ngflow`, in the order of dependency. */
export const LIBRARIES = ["base", "wire", "graph", "flows"];

/** Stages the libraries under a folder; returns the folder of each. */
export function stageLibraries(folder) {
  return LIBRARIES.map((name) => {
    const from = join(root, "packages", name);
    const to = join(folder, name);
    mkdirSync(to, { recursive: true });
    copyBuilt(join(from, "dist"), join(to, "dist"));
    cpSync(join(from, "README.md"), join(to, "README.md"));
    cpSync(join(root, "LICENSE"), join(to, "LICENSE"));
    const { private: _, exports, ...manifest } = read(join(from, "package.json"));
    writeJson(join(to, "package.json"), { ...manifest, sideEffects: false, exports: shippedExports(exports) });
    return to;
  });
}
