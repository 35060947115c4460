import type { Node } from "./node.ts";

const INITIAL_BUCKETS = 16;

/**
 * The hash tables of the kernel, kept for the order in which they list nodes (reference: netgraph.md §7): new entries
 * at the head of their bucket, and growing reverses what stays together.
 */
class Buckets {
  #buckets: Node[][];
  readonly #hash: (node: Node) => number;

  constructor(hash: (node: Node) => number, buckets = INITIAL_BUCKETS) {
    this.#hash = hash;
    this.#buckets = Array.from({ length: buckets }, () => []);
  }

  /** Doubles the table when `count * 2` exceeds the mask. */
  growFor(count: number): void {
    if (count * 2 <= this.#buckets.length - 1) return;
    const old = this.#buckets;
    this.#buckets = Array.from({ length: old.length * 2 }, () => []);
    for (const bucket of old) for (const node of bucket) this.insert(node);
  }

  insert(node: Node): void {
    this.#buckets[this.#hash(node) & (this.#buckets.length - 1)]!.unshift(node);
  }

  remove(node: Node): void {
    const bucket = this.#buckets[this.#hash(node) & (this.#buckets.length - 1)]!;
    bucket.splice(bucket.indexOf(node), 1);
  }

  /** Living nodes. A loop, because there may be tens of thousands. */
  list(): Node[] {
    const nodes: Node[] = [];
    for (const bucket of this.#buckets) for (const node of bucket) if (node.valid) nodes.push(node);
    return nodes;
  }
}

/** The kernel's string hash, 32 bits. */
function hashName(name: string): number {
  let hash = 5381;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 33) + name.charCodeAt(i)) | 0;
  return hash;
}

/** Every node of a graph, by ID and by name, listed in the kernel's order. */
export class NodeTable {
  readonly #byIdMap = new Map<number, Node>();
  readonly #byNameMap = new Map<string, Node>();
  readonly #ids: Buckets;
  readonly #names = new Buckets((node) => hashName(node.name!));

  /** @param buckets of the table by ID at first, a power of 2. */
  constructor(buckets?: number) {
    this.#ids = new Buckets((node) => node.id, buckets);
  }

  /** Nodes, those that are shutting down included. */
  get size(): number {
    return this.#byIdMap.size;
  }

  add(node: Node): void {
    this.#byIdMap.set(node.id, node);
    this.#ids.growFor(this.#byIdMap.size);
    this.#ids.insert(node);
  }

  remove(node: Node): void {
    this.#unname(node);
    this.#byIdMap.delete(node.id);
    this.#ids.remove(node);
  }

  /** Gives a node a name, which the caller has checked; an older one is freed. */
  rename(node: Node, name: string): void {
    const named = this.#byNameMap.size;
    this.#unname(node);
    this.#names.growFor(named);
    node.name = name;
    this.#byNameMap.set(name, node);
    this.#names.insert(node);
  }

  byId(id: number): Node | undefined {
    return this.#byIdMap.get(id);
  }

  byName(name: string): Node | undefined {
    return this.#byNameMap.get(name);
  }

  /** Living nodes in the order of `listnodes`. */
  listNodes(): Node[] {
    return this.#ids.list();
  }

  /** Living named nodes in the order of `listnames`. */
  listNames(): Node[] {
    return this.#names.list();
  }

  #unname(node: Node): void {
    if (node.name === null) return;
    this.#names.remove(node);
    if (this.#byNameMap.get(node.name) === node) this.#byNameMap.delete(node.name);
    node.name = null;
  }
}
