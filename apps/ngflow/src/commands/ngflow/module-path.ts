import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Whether an argument of kldload names a file: it has a slash or an ending of JavaScript. */
export function isModulePath(argument: string): boolean {
  return /^\.{1,2}\/|^\/|\.[cm]?js$/.test(argument);
}

/** Absolute path of the file that an argument of kldload names, relative to `directory`. */
export function modulePath(argument: string, directory: string): string {
  return resolve(directory, argument);
}

/**
 * Absolute path of the file that `import` of a package's name from `directory` would read; undefined when no package of
 * that name is installed there.
 */
export function packagePath(name: string, directory: string): string | undefined {
  if (!/^(@[\w.-]+\/)?\w[\w.-]*(\/[\w./-]+)?$/.test(name)) return undefined;
  try {
    return createRequire(join(directory, "from-here.js")).resolve(name);
  } catch {
    // `require` cannot resolve a package that exports for `import` only.
    return importOnly(name, directory);
  }
}

function importOnly(name: string, directory: string): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    const manifest = join(folder, "node_modules", name, "package.json");
    if (existsSync(manifest)) {
      const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports?: unknown };
      const entry = target(exports);
      return entry === undefined ? undefined : resolve(dirname(manifest), entry);
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** The file of `exports` for `import` on Node.js. */
function target(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  for (const [key, value] of Object.entries(exports)) {
    if (key === "." || key === "node" || key === "import" || key === "default") {
      const found = target(value);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
