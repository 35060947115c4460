import { shellWord } from "../../format/shell-word.ts";

/** A value that the arguments of a message have, as the server describes it. */
export interface ArgumentField {
  /** Names of the structs' fields that lead to it; empty where the arguments are one value. */
  readonly path: readonly string[];
  /** `uint32`, `string`, `uint8[64]` and so on. */
  readonly type: string;
}

const INTEGER = /^(u|h|)int(8|16|32|64)$/;
/** Types whose text is no quoted string. */
const BARE = /^(?:sockaddr|enaddr|ipaddr)$|[[{]/;

/** The whole numbers of an integer type (`hint` prints as hexadecimal); null for another type. */
export function rangeOf(type: string): { readonly least: bigint; readonly most: bigint } | null {
  const [, sign, bits] = INTEGER.exec(type) ?? [];
  if (bits === undefined) return null;
  return sign === ""
    ? { least: -(1n << BigInt(Number(bits) - 1)), most: (1n << BigInt(Number(bits) - 1)) - 1n }
    : { least: 0n, most: (1n << BigInt(bits)) - 1n };
}

/** Whether a typed value can be one of its type. The node itself may still refuse it. */
export function fits(type: string, text: string): boolean {
  const range = rangeOf(type);
  if (range === null) return true;
  const [, minus, digits] = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === undefined) return false;
  const value = minus === "-" ? -BigInt(digits) : BigInt(digits);
  return value >= range.least && value <= range.most;
}

function literal(type: string, text: string): string {
  if (INTEGER.test(type) || BARE.test(type)) return text;
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/**
 * The arguments as text: what is left empty has its default and is left out. Null where a value does not fit, or where
 * nothing is typed for a message that takes something.
 */
export function argumentsText(fields: readonly ArgumentField[], typed: readonly string[]): string | null {
  const given = fields.flatMap(({ path, type }, index) => {
    const text = (typed[index] ?? "").trim();
    return text === "" ? [] : [{ path, type, text }];
  });
  if (given.some(({ type, text }) => !fits(type, text))) return null;
  if (fields.length === 0) return "";
  return given.length === 0 ? null : nested(given);
}

function nested(given: readonly (ArgumentField & { readonly text: string })[]): string {
  const [first] = given;
  if (first!.path.length === 0) return literal(first!.type, first!.text);
  const parts = [...new Set(given.map(({ path }) => path[0]!))].map((name) => {
    const inside = given.filter(({ path }) => path[0] === name).map((one) => ({ ...one, path: one.path.slice(1) }));
    return `${name}=${nested(inside)}`;
  });
  return `{ ${parts.join(" ")} }`;
}

/** How a node is addressed: by its name, or by its id. */
export function pathOfNode({ name, id }: { readonly name: string | null; readonly id: number }): string {
  return name === null ? `[${id.toString(16)}]:` : `${name}:`;
}

/** The line for a shell that sends a message: `ngctl msg netflow: setconfig '{ iface=0 conf=3 }'`. */
export function messageLine(path: string, message: string, args: string): string {
  return ["ngctl", "msg", ...[path, message, ...(args === "" ? [] : [args])].map(shellWord)].join(" ");
}
