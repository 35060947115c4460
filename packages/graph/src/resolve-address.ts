import { parseAddress, parseIdAddress } from "./address.ts";
import { toByteString } from "./byte-string.ts";
import { NgError } from "./ng-error.ts";
import type { Hook } from "./hook.ts";
import type { Node } from "./node.ts";
import type { NodeTable } from "./node-table.ts";

/**
 * The node that an address denotes, relative to `from` (reference: netgraph.md §3).
 * @throws NgError EINVAL for a form that the grammar does not have, or a relative one without sender; ENOENT for an
 *   unknown node or hook; ENXIO for a node that is ending.
 */
export function resolveAddress(table: NodeTable, from: Node | undefined, path: string): Node {
  const address = parseAddress(toByteString(path));
  let node = address.node === undefined || address.node === "." ? sender(from) : lookUp(table, address.node);
  for (const name of address.hooks) {
    const hook: Hook | undefined = node.hooks.get(name);
    if (hook === undefined || hook.peer === null || !hook.valid || !hook.peer.valid) throw new NgError("ENOENT");
    node = hook.peer.node;
    if (!node.valid) throw new NgError("ENXIO");
  }
  return node;
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
