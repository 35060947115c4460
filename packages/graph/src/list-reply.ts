import { setU32le, u32le } from "@ngflow/base";
import { bytesOfText, textOfBytes } from "./byte-string.ts";
import { NgError } from "./ng-error.ts";
import type { Node } from "./node.ts";
import type { TypeUse } from "./type-registry.ts";
import { NAME_BYTES } from "./parse/string.ts";

/** `struct nodeinfo` of a reply. Unnamed nodes have the empty name. */
export interface NodeInfo {
  readonly name: string;
  readonly type: string;
  readonly id: number;
  readonly hooks: number;
}

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

const NODE_INFO_BYTES = 72;
const LINK_INFO_BYTES = 2 * NAME_BYTES + NODE_INFO_BYTES;
const TYPE_INFO_BYTES = NAME_BYTES + 4;

function writeName(bytes: Uint8Array, at: number, name: string): void {
  bytes.set(bytesOfText(name).subarray(0, NAME_BYTES - 1), at);
}

function writeNode(bytes: Uint8Array, at: number, node: Node): void {
  writeName(bytes, at, node.name ?? "");
  writeName(bytes, at + 32, node.type.name);
  setU32le(bytes, at + 64, node.id);
  setU32le(bytes, at + 68, node.hooks.size);
}

function readNode(bytes: Uint8Array, at: number): NodeInfo {
  if (at + NODE_INFO_BYTES > bytes.length) throw new NgError("EINVAL");
  return {
    name: textOfBytes(bytes, at, at + NAME_BYTES),
    type: textOfBytes(bytes, at + 32, at + 32 + NAME_BYTES),
    id: u32le(bytes, at + 64),
    hooks: u32le(bytes, at + 68),
  };
}

export function encodeNodeInfo(node: Node): Uint8Array {
  const bytes = new Uint8Array(NODE_INFO_BYTES);
  writeNode(bytes, 0, node);
  return bytes;
}

/** Hooks newest first; those that are not complete are left out. */
export function encodeHookList(node: Node): Uint8Array {
  const hooks = node.newestHooks().filter((hook) => hook.valid && hook.peer !== null);
  const bytes = new Uint8Array(NODE_INFO_BYTES + hooks.length * LINK_INFO_BYTES);
  writeNode(bytes, 0, node);
  setU32le(bytes, 68, hooks.length);
  hooks.forEach((hook, i) => {
    const at = NODE_INFO_BYTES + i * LINK_INFO_BYTES;
    writeName(bytes, at, hook.name);
    writeName(bytes, at + 32, hook.peer!.name);
    writeNode(bytes, at + 64, hook.peer!.node);
  });
  return bytes;
}

export function encodeNodeList(nodes: Iterable<Node>): Uint8Array {
  const list = [...nodes];
  const bytes = new Uint8Array(4 + list.length * NODE_INFO_BYTES);
  setU32le(bytes, 0, list.length);
  list.forEach((node, i) => writeNode(bytes, 4 + i * NODE_INFO_BYTES, node));
  return bytes;
}

export function encodeTypeList(types: readonly TypeUse[]): Uint8Array {
  const bytes = new Uint8Array(4 + types.length * TYPE_INFO_BYTES);
  setU32le(bytes, 0, types.length);
  types.forEach(({ type, nodes }, i) => {
    writeName(bytes, 4 + i * TYPE_INFO_BYTES, type.name);
    setU32le(bytes, 4 + i * TYPE_INFO_BYTES + NAME_BYTES, nodes);
  });
  return bytes;
}

/** The reply of `nodeinfo`. @throws NgError EINVAL when it is cut short, as do the functions below. */
export function decodeNodeInfo(data: Uint8Array): NodeInfo {
  return readNode(data, 0);
}

/** The reply of `listhooks`, newest hook first. */
export function decodeHookList(data: Uint8Array): HookList {
  const node = readNode(data, 0);
  const links: LinkInfo[] = [];
  for (let i = 0; i < node.hooks; i++) {
    const at = NODE_INFO_BYTES + i * LINK_INFO_BYTES;
    const peer = readNode(data, at + 64);
    const hook = textOfBytes(data, at, at + NAME_BYTES);
    links.push({ hook, peerHook: textOfBytes(data, at + 32, at + 32 + NAME_BYTES), peer });
  }
  return { node, links };
}

/** The reply of `listnodes` and `listnames`. */
export function decodeNodeList(data: Uint8Array): readonly NodeInfo[] {
  if (data.length < 4) throw new NgError("EINVAL");
  const nodes: NodeInfo[] = [];
  const count = u32le(data, 0);
  for (let i = 0; i < count; i++) nodes.push(readNode(data, 4 + i * NODE_INFO_BYTES));
  return nodes;
}

/** The reply of `listtypes`, newest type first. */
export function decodeTypeList(data: Uint8Array): readonly TypeInfo[] {
  if (data.length < 4 || data.length < 4 + u32le(data, 0) * TYPE_INFO_BYTES) throw new NgError("EINVAL");
  return Array.from({ length: u32le(data, 0) }, (_, i) => {
    const at = 4 + i * TYPE_INFO_BYTES;
    return { name: textOfBytes(data, at, at + NAME_BYTES), nodes: u32le(data, at + NAME_BYTES) };
  });
}
