import { EXTRA_ROW_VALUES, type ExtraElement, type ExtraFields } from "@ngflow/flows";
import { fieldName, type FieldSpecifier, fieldText, type Template, VARIABLE_LENGTH } from "@ngflow/wire";

/** Fields that no column takes, and where the values of the current record are. */
export interface ExtraPlan {
  /** Position of the field in the template. */
  readonly fields: readonly number[];
  readonly elements: readonly ExtraElement[];
  /** Most bytes of a record, where its length is fixed. */
  readonly bytes: number;
  /** Offset from the start of the record and length, where they are fixed. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** Positions of the elements in the batch, for this generation of it. */
  readonly positions: Int32Array;
  generation: number;
}

/**
 * Elements that say nothing of the flow: padding, and counters of the sampling process of an sFlow agent, which are
 * new in every record.
 */
const NOT_KEPT: ReadonlySet<string> = new Set(["paddingOctets", "sampleSequence", "samplePool", "sampleDrops"]);

/** The plan of the fields that are not in `covered`; undefined when there are none. */
export function extraPlan(
  template: Template,
  covered: ReadonlySet<number>,
  offsets: Int32Array,
  elements: ExtraElements,
): ExtraPlan | undefined {
  const fields: number[] = [];
  const kept: ExtraElement[] = [];
  const names = new Map<string, number>();
  for (const [i, field] of template.fields.entries()) {
    const name = fieldName(field);
    const times = (names.get(name) ?? 0) + 1;
    names.set(name, times);
    if (covered.has(i) || NOT_KEPT.has(name)) continue;
    fields.push(i);
    kept.push(elements.of(field, times === 1 ? name : `${name}.${times}`));
  }
  if (fields.length === 0) return undefined;
  const lengths = Int32Array.from(fields, (i) => template.fields[i]!.length);
  return {
    fields,
    elements: kept,
    bytes: lengths.reduce((sum, length) => sum + (length === VARIABLE_LENGTH ? 0 : length), 0),
    offsets: Int32Array.from(fields, (i) => offsets[i]!),
    lengths,
    positions: new Int32Array(fields.length),
    generation: -1,
  };
}

/** Elements without a column by key and type, so that templates that have the same one share it. */
export class ExtraElements {
  readonly #known = new Map<string, ExtraElement>();

  of({ element }: FieldSpecifier, key: string): ExtraElement {
    const type = element?.type;
    const id = `${key} ${type}`;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const made: ExtraElement = { key, text: (bytes, offset, length) => fieldText(bytes, offset, length, type) };
    this.#known.set(id, made);
    return made;
  }
}

/** More are forgotten, all at a time: then equal elements are kept twice. */
const MOST_KNOWN = 16_384;

/** Rows for whose values the batch has room. */
export function rowsWithRoom(plan: ExtraPlan, extra: ExtraFields, most: number): number {
  const { fields, bytes, generation } = plan;
  if (generation !== extra.generation) placeElements(plan, extra);
  return extra.rowsLeft(Math.min(fields.length, EXTRA_ROW_VALUES), Math.max(1, Math.min(bytes, most)));
}

function placeElements(plan: ExtraPlan, extra: ExtraFields): void {
  for (const [k, element] of plan.elements.entries()) plan.positions[k] = extra.position(element);
  plan.generation = extra.generation;
}
