import { NgError } from "./ng-error.ts";
import { parseNumber } from "./parse/number.ts";

/** An address taken apart: the node it starts at, and the hooks to follow (reference: netgraph.md §3). */
export interface Address {
  /** `.`, a name or a numeric form; undefined: the sender. */
  readonly node: string | undefined;
  readonly hooks: readonly string[];
}

/** Splits an address. @throws NgError EINVAL for forms that the grammar does not have. */
export function parseAddress(text: string): Address {
  const colon = text.indexOf(":");
  const node = colon === -1 ? undefined : text.slice(0, colon);
  let path = colon === -1 ? text : text.slice(colon + 1);
  if (node !== undefined && (node === "" || (node !== "." && node.includes(".")))) throw new NgError("EINVAL");
  if (path.includes(":") || path.includes("..")) throw new NgError("EINVAL");
  if (path.startsWith(".")) path = path.slice(1);
  if (path.endsWith(".")) path = path.slice(0, -1);
  return { node, hooks: path === "" ? [] : path.split(".") };
}

/**
 * The node ID of a numeric address such as `[1a]`, 0 when the text is none (reference: netgraph.md §2.3): read with 64
 * bits and cut to 32.
 */
export function parseIdAddress(text: string): number {
  if (text.length < 3 || !text.startsWith("[") || !text.endsWith("]") || !/[0-9a-fA-F]/.test(text[1]!)) return 0;
  const { value, end } = parseNumber(text, 1, 16);
  if (end !== text.length - 1 || value >= (1n << 64n) - 1n) return 0;
  return Number(BigInt.asUintN(32, value));
}

/** The numeric address of a node, as replies carry it: `[2a]:`. */
export function idAddress(id: number): string {
  return `[${id.toString(16)}]:`;
}

/** Whether a text may be the name of a node, apart from being in use (reference: netgraph.md §2.2). */
export function isNodeName(text: string): boolean {
  return text !== "" && text.length < 32 && !/[.:]/.test(text) && parseIdAddress(text) === 0;
}
