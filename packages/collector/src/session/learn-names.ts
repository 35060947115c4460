import { toHex, uintBe } from "@ngflow/base";
import type { NameKind } from "@ngflow/flows";
import { DATA_TYPES, describedElement } from "@ngflow/wire";
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
    const { kind, id, name, description, pen, type } = fields[i]!;
    const at = base + offsets[id]!;
    const length = lengths[id]!;
    if (length === 0 || length > MOST_ID) continue;
    let keyHash = hashOf(bytes, at, length, kind.length);
    if (pen >= 0) keyHash = hashOf(bytes, base + offsets[pen]!, lengths[pen]!, keyHash);
    let hash = keyHash;
    if (type >= 0) hash = hashOf(bytes, base + offsets[type]!, lengths[type]!, hash ^ 3);
    if (name >= 0) hash = hashOf(bytes, base + offsets[name]!, lengths[name]!, hash ^ 1);
    if (description >= 0) hash = hashOf(bytes, base + offsets[description]!, lengths[description]!, hash ^ 2);
    if (names.isSeen(keyHash, hash)) continue;
    const nameText = name < 0 ? undefined : textOf(bytes, base + offsets[name]!, lengths[name]!);
    const descriptionText =
      description < 0 ? undefined : textOf(bytes, base + offsets[description]!, lengths[description]!);
    if ((nameText ?? descriptionText) === undefined) continue;
    const known =
      kind === "element"
        ? learnElement(
            bytes,
            base,
            fields[i]!,
            offsets,
            lengths,
            { name: nameText, text: descriptionText },
            names,
            nowMs,
          )
        : names.learn(kind, idText(kind, bytes, at, length), nameText, descriptionText, nowMs);
    // One that was refused is tried again.
    if (known) names.remember(keyHash, hash);
  }
}

/**
 * Learns what an element is (RFC 5610): `PEN.ID`, its name, and its type before the description. Elements of the
 * registry are not learnt. True unless it was refused.
 */
function learnElement(
  bytes: Uint8Array,
  base: number,
  { id, pen, type }: NameFields,
  offsets: Int32Array,
  lengths: Int32Array,
  { name, text }: { readonly name: string | undefined; readonly text: string | undefined },
  names: DomainNames,
  nowMs: number,
): boolean {
  const value = (field: number): number => {
    const length = field < 0 ? 0 : lengths[field]!;
    return length >= 1 && length <= 4 ? uintBe(bytes, base + offsets[field]!, length) : 0;
  };
  const elementId = value(id);
  const element = describedElement(value(pen), elementId, name ?? "", type < 0 ? undefined : DATA_TYPES[value(type)]);
  if (element === undefined || elementId === 0 || elementId > 0x7fff) return true;
  const description = text === undefined ? element.type : `${element.type}: ${text}`;
  return names.learn("element", `${element.pen}.${element.id}`, element.name, description, nowMs);
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
