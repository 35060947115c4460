import { fieldName, type Template, VARIABLE_LENGTH } from "@ngflow/wire";
import { NAME_WORK, RECORD_WORK } from "../work.ts";
import { type ExporterFields, exporterFields } from "./exporter-fields.ts";
import { type NameFields, nameFields } from "./name-fields.ts";

/** Scopes of an options record, where they say what it is about: v9 scope types, and elements of IPFIX. */
const SCOPE_ELEMENTS = [
  "interface",
  "lineCard",
  "template",
  "ingressInterface",
  "egressInterface",
  "lineCardId",
  "templateId",
  "observationDomainId",
] as const;

/** Elements of options records that the collector uses. */
const OPTIONS_ELEMENTS = [
  "systemInitTimeMilliseconds",
  "flowActiveTimeout",
  "samplingInterval",
  "samplerRandomInterval",
  "samplingPacketInterval",
  "samplingPacketSpace",
  "samplingTimeInterval",
  "samplingTimeSpace",
  "samplingSize",
  "samplingPopulation",
  "samplingProbability",
  "samplerId",
  "selectorId",
] as const;
export type OptionsElement = (typeof OPTIONS_ELEMENTS)[number] | (typeof SCOPE_ELEMENTS)[number];

/** Where the values that the collector uses are in the records of an options template. */
export interface OptionsPlan {
  readonly template: Template;
  /** Position of the field that has the element, -1 for none. */
  readonly fields: Readonly<Record<OptionsElement, number>>;
  /** Whether any of them is there. */
  readonly useful: boolean;
  /** Fields that name the exporter that a record is about; undefined where it is that of the session. */
  readonly exporter: ExporterFields | undefined;
  /** Names in its records. */
  readonly names: readonly NameFields[];
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
  for (const [i, field] of template.fields.entries()) {
    const { length } = field;
    offsets[i] = o;
    lengths[i] = length;
    o += length === VARIABLE_LENGTH ? 0 : length;
    const name = fieldName(field);
    if (!positions.has(name)) positions.set(name, i);
  }
  const place = (name: string): number => positions.get(name) ?? -1;
  const scope = (name: string): number => (place(name) < template.scopeCount ? place(name) : -1);
  const values = OPTIONS_ELEMENTS.map((name) => [name, place(name)] as const);
  const scopes = SCOPE_ELEMENTS.map((name) => [name, scope(name)] as const);
  const fields = Object.fromEntries([...values, ...scopes]) as OptionsPlan["fields"];
  const useful = values.some(([, position]) => position >= 0);
  const names = nameFields(template);
  const work =
    RECORD_WORK +
    (template.variable ? count : 0) +
    (useful ? 4 * OPTIONS_ELEMENTS.length : 0) +
    names.length * NAME_WORK;
  return { template, fields, useful, exporter: exporterFields(template), names, offsets, lengths, work };
}
