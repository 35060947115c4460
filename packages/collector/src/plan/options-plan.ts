import { type Template, VARIABLE_LENGTH } from "@ngflow/wire";
import { RECORD_WORK } from "../work.ts";

/** Elements of options records that the collector uses. */
const OPTIONS_ELEMENTS = [
  "systemInitTimeMilliseconds",
  "samplingInterval",
  "samplerRandomInterval",
  "samplingPacketInterval",
  "samplingPacketSpace",
  "samplingSize",
  "samplingPopulation",
  "samplingProbability",
  "samplerId",
  "selectorId",
] as const;
export type OptionsElement = (typeof OPTIONS_ELEMENTS)[number];

/** Where the values that the collector uses are in the records of an options template. */
export interface OptionsPlan {
  readonly template: Template;
  /** Position of the field that has the element, -1 for none. */
  readonly fields: Readonly<Record<OptionsElement, number>>;
  /** Whether any of them is there. */
  readonly useful: boolean;
  /**
   * Offset and length of every field: from the start of the record where all lengths are fixed, otherwise those of the
   * current record (locateFields).
   */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** Units of work of a record. */
  readonly work: number;
}

export function optionsPlan(template: Template): OptionsPlan {
  const count = template.fields.length;
  const offsets = new Int32Array(count);
  const lengths = new Int32Array(count);
  const positions = new Map<string, number>();
  let o = 0;
  for (const [i, { element, length }] of template.fields.entries()) {
    offsets[i] = o;
    lengths[i] = length;
    o += length === VARIABLE_LENGTH ? 0 : length;
    if (element !== undefined && !positions.has(element.name)) positions.set(element.name, i);
  }
  const fields = Object.fromEntries(OPTIONS_ELEMENTS.map((name) => [name, positions.get(name) ?? -1]));
  const useful = Object.values(fields).some((position) => position >= 0);
  const work = RECORD_WORK + (template.variable ? count : 0) + (useful ? 2 * OPTIONS_ELEMENTS.length : 0);
  return { template, fields: fields as OptionsPlan["fields"], useful, offsets, lengths, work };
}
