import {
  type AbstractType,
  type FieldSpecifier,
  type InformationElement,
  locateFields,
  type Template,
  V9_SCOPE_PEN,
} from "@ngflow/wire";
import type { CryptoPan } from "./crypto-pan.ts";

/** What is done with a field. */
const KEEP = 0;
const ZERO = 1;
const IPV4 = 2;
const IPV6 = 3;

/** Types whose values say nothing of who communicates: they are kept. */
const KEPT: ReadonlySet<AbstractType> = new Set([
  "unsigned8",
  "unsigned16",
  "unsigned32",
  "unsigned64",
  "signed8",
  "signed16",
  "signed32",
  "signed64",
  "float32",
  "float64",
  "boolean",
  "dateTimeSeconds",
  "dateTimeMilliseconds",
  "dateTimeMicroseconds",
  "dateTimeNanoseconds",
]);
/** Lists have records inside them. */
const LISTS: ReadonlySet<AbstractType | undefined> = new Set(["basicList", "subTemplateList", "subTemplateMultiList"]);
/** Numbers that may be made of addresses or of what packets contain. */
const DERIVED: ReadonlySet<string> = new Set(["flowId", "digestHashValue", "hashOutputRangeMin", "hashOutputRangeMax"]);
/** Scopes of v9 that are numbers of parts of the exporter: interface, line card, cache, template. The system is not. */
const NUMBER_SCOPES = { first: 2, last: 5 };

/** How the records of a template are anonymised. */
export class AnonymisePlan {
  /** Whether its records cannot be anonymised: there are lists in them. */
  readonly isWithheld: boolean;
  readonly #template: Template;
  readonly #actions: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #lengths: Int32Array;

  constructor(template: Template) {
    const { fields } = template;
    this.#template = template;
    this.isWithheld = fields.some(({ element }) => LISTS.has(element?.type));
    this.#actions = Uint8Array.from(fields, actionOf);
    this.#offsets = new Int32Array(fields.length);
    this.#lengths = new Int32Array(fields.length);
  }

  /**
   * Anonymises the records in `bytes[start, end)`, in place, and zeroes what is behind the last one. Returns how many
   * there were.
   */
  run(bytes: Uint8Array, start: number, end: number, pan: CryptoPan): number {
    const { minLength } = this.#template;
    let records = 0;
    let o = start;
    while (end - o >= minLength) {
      const next = locateFields(bytes, o, end, this.#template, this.#offsets, this.#lengths);
      if (next < 0) break;
      this.#record(bytes, pan);
      records++;
      o = next;
    }
    bytes.fill(0, o, end);
    return records;
  }

  #record(bytes: Uint8Array, pan: CryptoPan): void {
    const actions = this.#actions;
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i]!;
      if (action === KEEP) continue;
      const offset = this.#offsets[i]!;
      const length = this.#lengths[i]!;
      if (action === IPV4 && length === 4) pan.ipv4(bytes, offset);
      else if (action === IPV6 && length === 16) pan.ipv6(bytes, offset);
      else bytes.fill(0, offset, offset + length);
    }
  }
}

/** Numbers and times are kept, addresses anonymised; everything else, and what is not known, is zeroed. */
function actionOf({ pen, id, length, element }: FieldSpecifier): number {
  if (pen === V9_SCOPE_PEN) {
    return id >= NUMBER_SCOPES.first && id <= NUMBER_SCOPES.last && length <= 8 ? KEEP : ZERO;
  }
  if (element === undefined) return ZERO;
  const safe = safetyOf(element);
  if (safe === "address") return element.type === "ipv4Address" ? IPV4 : IPV6;
  return safe === "kept" && length <= 8 ? KEEP : ZERO;
}

/** What happens to values of an element: they say nothing of who communicates, are addresses, or are left out. */
export function safetyOf({ name, type }: Pick<InformationElement, "name" | "type">): "kept" | "address" | "left-out" {
  if (DERIVED.has(name)) return "left-out";
  if (type === "ipv4Address" || type === "ipv6Address") return "address";
  return KEPT.has(type) ? "kept" : "left-out";
}
