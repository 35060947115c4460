import { toHex } from "@ngflow/base";
import type { NameKind } from "@ngflow/flows";
import type { NameFields } from "../plan/name-fields.ts";
import type { DomainNames } from "./domain-names.ts";

/** Most bytes of a text; the rest is cut off. */
const MOST_TEXT = 255;
/** Most bytes of a number. */
const MOST_ID = 16;

const UTF8 = new TextDecoder("utf-8");

/**
 * Learns the names of a record, whose fields are at `offsets` from `base`. A record that a number had last costs no
 * text. An empty text is none.
 */
export function learnNames(
  bytes: Uint8Array,
  base: number,
  fields: readonly NameFields[],
  offsets: Int32Array,
  lengths: Int32Array,
  names: DomainNames,
  nowMs: number,
): void {
  for (let i = 0; i < fields.length; i++) {
    const { kind, id, name, description } = fields[i]!;
    const at = base + offsets[id]!;
    const length = lengths[id]!;
    if (length === 0 || length > MOST_ID) continue;
    const keyHash = hashOf(bytes, at, length, kind.length);
    let hash = keyHash;
    if (name >= 0) hash = hashOf(bytes, base + offsets[name]!, lengths[name]!, hash ^ 1);
    if (description >= 0) hash = hashOf(bytes, base + offsets[description]!, lengths[description]!, hash ^ 2);
    if (names.isSeen(keyHash, hash)) continue;
    const nameText = name < 0 ? undefined : textOf(bytes, base + offsets[name]!, lengths[name]!);
    const descriptionText =
      description < 0 ? undefined : textOf(bytes, base + offsets[description]!, lengths[description]!);
    if ((nameText ?? descriptionText) === undefined) continue;
    const known = names.learn(kind, idText(kind, bytes, at, length), nameText, descriptionText, nowMs);
    // One that was refused is tried again.
    if (known) names.remember(keyHash, hash);
  }
}

/** FNV-1a of bytes, unsigned. */
function hashOf(bytes: Uint8Array, at: number, length: number, from: number): number {
  let hash = 0x811c9dc5 ^ from;
  for (let i = at; i < at + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** Text without the zeros and blanks at its end; undefined when nothing is left. */
function textOf(bytes: Uint8Array, at: number, length: number): string | undefined {
  let end = at + Math.min(length, MOST_TEXT);
  while (end > at && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end--;
  return end === at ? undefined : UTF8.decode(bytes.subarray(at, end));
}

/** Of an application `engine:selector`, the first byte and the rest (RFC 6759 section 4.1); else a decimal number. */
function idText(kind: NameKind, bytes: Uint8Array, at: number, length: number): string {
  if (kind !== "application" || length < 2) return decimal(bytes, at, length);
  return `${bytes[at]}:${decimal(bytes, at + 1, length - 1)}`;
}

const decimal = (bytes: Uint8Array, at: number, length: number): string =>
  BigInt(`0x${toHex(bytes, at, at + length)}`).toString();
