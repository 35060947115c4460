import { NgError } from "./ng-error.ts";
import type { NodeType } from "./node-type.ts";

/** A loaded type and how many nodes of it live. */
export interface TypeUse {
  readonly type: NodeType;
  readonly nodes: number;
}

/** A kernel module by name, with the types it brings. */
export interface ModuleInfo {
  readonly name: string;
  readonly types: readonly string[];
  readonly loaded: boolean;
}

/** Name of the module that brings a type. */
export function moduleOf(type: NodeType): string {
  return type.module ?? `ng_${type.name}`;
}

/** The types a graph knows: those loaded, and those that `mkpeer` or kldload(8) may load. */
export class TypeRegistry {
  readonly #loaded = new Map<string, { type: NodeType; nodes: number }>();
  readonly #loadable = new Map<string, NodeType>();

  constructor(types: readonly NodeType[], loadable: readonly NodeType[]) {
    for (const type of loadable) this.#loadable.set(type.name, type);
    for (const type of types) this.load(type);
  }

  /** Registers a type. @throws NgError EEXIST when one of that name is loaded. */
  load(type: NodeType): void {
    if (this.#loaded.has(type.name)) throw new NgError("EEXIST");
    this.#loadable.set(type.name, type);
    this.#loaded.set(type.name, { type, nodes: 0 });
  }

  /** The loaded type of that name, loaded now if it can be. @throws NgError ENOENT: no such type and no such module. */
  require(name: string): NodeType {
    const entry = this.#loaded.get(name);
    if (entry !== undefined) return entry.type;
    const type = this.#loadable.get(name);
    if (type === undefined) throw new NgError("ENOENT");
    this.loadModule(moduleOf(type));
    return type;
  }

  /** The loaded type of that name. */
  find(name: string): NodeType | undefined {
    return this.#loaded.get(name)?.type;
  }

  /** Loads every type of a module. @throws NgError ENOENT when there is none, EEXIST when it is loaded. */
  loadModule(module: string): void {
    const types = [...this.#loadable.values()].filter((type) => moduleOf(type) === module);
    if (types.length === 0) throw new NgError("ENOENT");
    const missing = types.filter((type) => !this.#loaded.has(type.name));
    if (missing.length === 0) throw new NgError("EEXIST");
    for (const type of missing) this.load(type);
  }

  /** Unloads a module. @throws NgError ENOENT when it is not loaded, EBUSY while nodes of its types live. */
  unloadModule(module: string): void {
    const entries = [...this.#loaded.values()].filter(({ type }) => moduleOf(type) === module);
    if (entries.length === 0) throw new NgError("ENOENT");
    if (entries.some(({ nodes }) => nodes > 0)) throw new NgError("EBUSY");
    for (const { type } of entries) this.#loaded.delete(type.name);
  }

  /** Loaded types, newest first, as `ngctl types` lists them. */
  list(): TypeUse[] {
    return [...this.#loaded.values()].reverse().map(({ type, nodes }) => ({ type, nodes }));
  }

  /** Every module that is loaded or could be. */
  modules(): ModuleInfo[] {
    const modules = new Map<string, NodeType[]>();
    for (const type of this.#loadable.values()) {
      const name = moduleOf(type);
      modules.set(name, [...(modules.get(name) ?? []), type]);
    }
    return [...modules].map(([name, types]) => ({
      name,
      types: types.map((type) => type.name),
      loaded: types.some((type) => this.#loaded.has(type.name)),
    }));
  }

  /** Counts a node of `type` in (+1) or out (-1). */
  count(type: NodeType, change: 1 | -1): void {
    const entry = this.#loaded.get(type.name);
    if (entry !== undefined) entry.nodes += change;
  }
}
