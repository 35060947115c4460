import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { type Graph, guardedType, moduleOf, type NodeType, nodeTypeFault } from "@ngflow/graph";
import { ControlError } from "./errors.ts";

/** How long a module may take to load. */
const IMPORT_TIMEOUT_MS = 10_000;

/**
 * Loads the node types of a user's module: its default export, a type or a list of them. All of them or none; nodes run
 * guarded, see `guardedType`. A file that has changed since is read again.
 *
 * The module's code runs with the rights of this process: `mayLoad` is asked first whose request it is.
 *
 * @param path absolute: the client has resolved it.
 * @returns names of the kernel modules that the types count as, for kldunload.
 * @throws NgflowError `module-unreadable`, `module-failed`, `module-no-node-type`, `module-clash`.
 */
export async function loadTypesOf(graph: Graph, path: string): Promise<string[]> {
  const types = typesOf(path, await importDefault(path));
  const loaded = new Set(graph.types().map(({ type }) => type.name));
  for (const { name } of types) {
    if (loaded.has(name)) {
      throw new ControlError(
        "module-clash",
        `can't load ${path}: a node type "${name}" exists already; unload it first, or rename this one`,
      );
    }
    loaded.add(name);
  }
  for (const type of types) graph.loadType(guardedType(type));
  return [...new Set(types.map(moduleOf))];
}

async function importDefault(path: string): Promise<unknown> {
  if (!isAbsolute(path)) throw new ControlError("control-request", "the path of a module must be absolute");
  const url = pathToFileURL(path);
  try {
    url.searchParams.set("changed", String(statSync(path).mtimeMs));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code;
    throw new ControlError("module-unreadable", `can't load ${path}: ${why}`, { cause });
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no result within ${IMPORT_TIMEOUT_MS / 1000} s`)), IMPORT_TIMEOUT_MS);
  });
  try {
    const module = (await Promise.race([import(url.href), late])) as { default?: unknown };
    return module.default;
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ControlError("module-failed", `can't load ${path}: ${why.split("\n", 1)[0]}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** @throws NgflowError with the first fault. */
function typesOf(path: string, value: unknown): NodeType[] {
  const refuse = (what: string): never => {
    throw new ControlError(
      "module-no-node-type",
      `can't load ${path}: ${what}; its default export must be a node type or a list of node types`,
    );
  };
  if (value === undefined) return refuse("it has no default export");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) return refuse("it exports no node type");
  for (const [i, each] of values.entries()) {
    const fault = faultOf(each);
    if (fault !== undefined) refuse(values.length === 1 ? fault : `of type ${i} ${fault}`);
  }
  return values as NodeType[];
}

/** A module's own getters may throw. */
function faultOf(value: unknown): string | undefined {
  try {
    return nodeTypeFault(value);
  } catch (error) {
    return `it cannot be read (${String(error)})`;
  }
}
