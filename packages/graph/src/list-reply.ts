import { setU32le } from "@ngflow/base";
import { hookListType, nodeInfoType, nodeListType, typeListType } from "./generic-types.ts";
import type { Node } from "./node.ts";
import { NAME_BYTES } from "./parse/string.ts";
import type { ValueOf } from "./parse/parse-type.ts";
import type { TypeUse } from "./type-registry.ts";

/** `struct nodeinfo` of a reply. Unnamed nodes have the empty name. */
export type NodeInfo = Readonly<ValueOf<typeof nodeInfoType>>;

/** `struct linkinfo`: one hook of the node asked, and what is at its other end. */
export interface LinkInfo {
  readonly hook: string;
  readonly peerHook: string;
  readonly peer: NodeInfo;
}

/** Reply of `listhooks`. */
export interface HookList {
  readonly node: NodeInfo;
  readonly links: readonly LinkInfo[];
}

/** One row of `listtypes`. */
export interface TypeInfo {
  readonly name: string;
  readonly nodes: number;
}

function infoOf(node: Node): NodeInfo {
  return { name: node.name ?? "", type: node.type.name, id: node.id, hooks: node.hooks.size };
}

export function encodeNodeInfo(node: Node): Uint8Array {
  return nodeInfoType.write(infoOf(node));
}

/** Hooks newest first; those that are not complete are left out. */
export function encodeHookList(node: Node): Uint8Array {
  const linkinfo = node
    .newestHooks()
    .flatMap(({ name, valid, peer }) =>
      valid && peer !== null ? [{ ourhook: name, peerhook: peer.name, nodeinfo: infoOf(peer.node) }] : [],
    );
  return hookListType.write({ nodeinfo: { ...infoOf(node), hooks: linkinfo.length }, linkinfo });
}

/** Bytes of `struct nodeinfo`: two texts in buffers of their size, then id and number of hooks. */
const INFO_BYTES = 2 * NAME_BYTES + 8;

/** As `nodeListType` would write it. A graph may have tens of thousands of nodes, and packets wait meanwhile. */
export function encodeNodeList(nodes: Iterable<Node>): Uint8Array {
  const list = [...nodes];
  const bytes = new Uint8Array(4 + list.length * INFO_BYTES);
  setU32le(bytes, 0, list.length);
  let at = 4;
  for (const { name, type, id, hooks } of list) {
    if (name !== null) putText(bytes, at, name);
    putText(bytes, at + NAME_BYTES, type.name);
    setU32le(bytes, at + 2 * NAME_BYTES, id);
    setU32le(bytes, at + 2 * NAME_BYTES + 4, hooks.size);
    at += INFO_BYTES;
  }
  return bytes;
}

/** Names are byte strings. */
function putText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

export function encodeTypeList(types: readonly TypeUse[]): Uint8Array {
  const typeinfo = types.map(({ type, nodes }) => ({ typename: type.name, numnodes: nodes }));
  return typeListType.write({ numtypes: typeinfo.length, typeinfo });
}

/** The reply of `nodeinfo`. @throws NgError EINVAL when it has another length, as do the functions below. */
export function decodeNodeInfo(data: Uint8Array): NodeInfo {
  return nodeInfoType.read(data);
}

/** The reply of `listhooks`, newest hook first. */
export function decodeHookList(data: Uint8Array): HookList {
  const { nodeinfo, linkinfo } = hookListType.read(data);
  const links = linkinfo.map(({ ourhook, peerhook, nodeinfo: peer }) => ({ hook: ourhook, peerHook: peerhook, peer }));
  return { node: nodeinfo, links };
}

/** The reply of `listnodes` and `listnames`. */
export function decodeNodeList(data: Uint8Array): readonly NodeInfo[] {
  return nodeListType.read(data).nodeinfo;
}

/** The reply of `listtypes`, newest type first. */
export function decodeTypeList(data: Uint8Array): readonly TypeInfo[] {
  return typeListType.read(data).typeinfo.map(({ typename, numnodes }) => ({ name: typename, nodes: numnodes }));
}
