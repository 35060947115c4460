// Lets child processes and worker threads of a test run TypeScript sources:
// `node --conditions=@ngflow/source --import <this> child.ts`.
import { readFile } from "node:fs/promises";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

// Every thread that runs code registers the hooks for itself; they run in a thread of their own, from the same file.
const HOOKS = "?hooks";
if (!import.meta.url.endsWith(HOOKS)) register(import.meta.url + HOOKS);

export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  // Types are removed and nothing is checked, which takes a tenth of the time that the compiler needs to load.
  const { transformSync } = await import("rolldown/utils");
  const file = fileURLToPath(url);
  const { code, errors } = transformSync(file, await readFile(file, "utf8"), {
    typescript: { onlyRemoveTypeImports: true },
  });
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
  return { format: "module", shortCircuit: true, source: code };
}
