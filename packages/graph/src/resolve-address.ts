import { parseAddress, parseIdAddress } from "./address.ts";
import { toByteString } from "./byte-string.ts";
import { NgError } from "./ng-error.ts";
import type { Hook } from "./hook.ts";
import type { Node } from "./node.ts";
import type { NodeTable } from "./node-table.ts";

/** What an address denotes. */
export interface Destination {
  readonly node: Node;
  /** The node's hook by which the way led to it; undefined where the address has no hooks. */
  readonly viaHook: Hook | undefined;
}

/**
 * The node that an address denotes, relative to `from` (reference: netgraph.md §3).
 * @throws NgError EINVAL for a form that the grammar does not have, or a relative one without sender; ENOENT for an
 *   unknown node or hook; ENXIO for a node that is ending.
 */
export function resolveAddress(table: NodeTable, from: Node | undefined, path: string): Destination {
  const address = parseAddress(toByteString(path));
  let node = address.node === undefined || address.node === "." ? sender(from) : lookUp(table, address.node);
  let viaHook: Hook | undefined;
  for (const name of address.hooks) {
    const hook: Hook | undefined = node.hooks.get(name);
    if (hook === undefined || hook.peer === null || !hook.valid || !hook.peer.valid) throw new NgError("ENOENT");
    viaHook = hook.peer;
    node = viaHook.node;
    if (!node.valid) throw new NgError("ENXIO");
  }
  return { node, viaHook };
}

function sender(from: Node | undefined): Node {
  if (from === undefined) throw new NgError("EINVAL");
  return from;
}

/** The living node of a name or numeric address. */
function lookUp(table: NodeTable, name: string): Node {
  const id = parseIdAddress(name);
  const node = id === 0 ? table.byName(name) : table.byId(id);
  if (node?.valid !== true) throw new NgError("ENOENT");
  return node;
}
