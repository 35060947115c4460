import { columnByName, type ColumnKind, type ColumnName, COLUMNS, type FlowColumn } from "@ngflow/flows";
import { type FieldSpecifier, type Template, VARIABLE_LENGTH } from "@ngflow/wire";
import { RECORD_WORK, ROW_WORK } from "../work.ts";
import type { RowArrays } from "./row-arrays.ts";

/** What a step does with its field. */
export type StepCode =
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "ip4"
  | "ip6"
  | "mac"
  | "mpls"
  | "upTime"
  | "addMs"
  | "seconds"
  | "ntp"
  | "delta"
  | "duration"
  | "dscp"
  | "icmp"
  | "samplingSpace"
  | "sampler";

/** One field of a template into one column. `offset` and `length` are rewritten per record when the template varies. */
export interface Step {
  readonly code: StepCode;
  /** Index of the field in the template. */
  readonly field: number;
  /** Bytes from the start of the record (fixed templates) or of the datagram (the current record). */
  offset: number;
  length: number;
  /** Writes only rows where the column is still zero. */
  readonly fallback: boolean;
  /** The column, or the word view of an address column. */
  readonly out: Uint8Array | Uint16Array | Uint32Array;
  /** For a duration: the time it is added to, its sign, and its units per millisecond. */
  readonly from?: Uint32Array;
  readonly sign?: number;
  readonly perMs?: number;
}

/** How the data records of one template become rows of one batch. */
export interface ColumnPlan {
  readonly template: Template;
  readonly steps: readonly Step[];
  /** Steps that overwrite the swapped copy of a row for the other direction; empty for one-way records. */
  readonly reverse: readonly Step[];
  /** Address family when the fields determine it; 0 when it depends on the row. */
  readonly family: 0 | 4 | 6;
  readonly hasIpVersion: boolean;
  /** Whether a field fills an address or a counter. Without one the records are no flows, and make no rows. */
  readonly keyed: boolean;
  /** Units of work of a record, and of passing over one. */
  readonly work: number;
  readonly skipWork: number;
  /** Offset of every field of the current record, for templates with variable length. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
}

type Fields = ReadonlyMap<string, number>;

/**
 * The plan of a template over the columns of a batch. Fields that fill no column are skipped by their length.
 * Where a template has several sources of a column, the best one is used first. The others are used only for address,
 * prefix length, MAC and VLAN columns, in rows where the best one is zero.
 */
export function columnPlan(template: Template, rows: RowArrays): ColumnPlan {
  const fields = new Map<string, number>();
  const offsets = new Int32Array(template.fields.length);
  let o = 0;
  for (const [i, field] of template.fields.entries()) {
    offsets[i] = o;
    o += field.length === VARIABLE_LENGTH ? 0 : field.length;
    const name = field.element?.name;
    if (name !== undefined && !fields.has(name)) fields.set(name, i);
  }
  const build = new PlanBuilder(template, fields, offsets, rows);
  const steps: Step[] = [];
  const reverse: Step[] = [];
  let keyed = false;
  for (const { name, kind, role, elements } of SOURCES) {
    const before = steps.length;
    build.column(steps, name, kind, elements.forward);
    build.column(reverse, name, kind, elements.reverse);
    keyed ||= steps.length > before && (kind === "ip" || kind === "mac" || role === "counter");
  }
  build.derived(steps);
  const v4 = fields.has("sourceIPv4Address") || fields.has("destinationIPv4Address");
  const v6 = fields.has("sourceIPv6Address") || fields.has("destinationIPv6Address");
  return {
    template,
    steps,
    reverse,
    family: v4 === v6 ? 0 : v4 ? 4 : 6,
    hasIpVersion: fields.has("ipVersion"),
    keyed,
    work: recordWork(template, steps.length, reverse.length),
    skipWork: RECORD_WORK + (template.variable ? template.fields.length : 0),
    offsets: new Int32Array(template.fields.length),
    lengths: new Int32Array(template.fields.length),
  };
}

/** Units of work of a record. A second direction is another row, copied from the first. */
function recordWork({ fields, variable }: Template, steps: number, reverse: number): number {
  const single = variable || reverse > 0 ? fields.length + RECORD_WORK : 0;
  return ROW_WORK + steps + single + (reverse > 0 ? 4 * ROW_WORK + reverse : 0);
}

/** Elements that fill a column of the reverse direction, best first. */
function reverseElements(column: FlowColumn): string[] {
  if (column.key) return [];
  const reverse = column.elements.map((name) => `reverse${name[0]!.toUpperCase()}${name.slice(1)}`);
  return [...reverse, ...(column.reverseElements ?? [])];
}

/** The elements of every column in both directions. */
const SOURCES = COLUMNS.map(({ name }) => {
  const column = columnByName(name);
  const { kind, role, elements } = column;
  return { name, kind, role, elements: { forward: elements, reverse: reverseElements(column) } };
});

class PlanBuilder {
  readonly #template: Template;
  readonly #fields: Fields;
  readonly #offsets: Int32Array;
  readonly #rows: RowArrays;

  constructor(template: Template, fields: Fields, offsets: Int32Array, rows: RowArrays) {
    this.#template = template;
    this.#fields = fields;
    this.#offsets = offsets;
    this.#rows = rows;
  }

  /** Steps for the sources of a column that the template has. */
  column(steps: Step[], name: ColumnName, kind: ColumnKind, sources: readonly string[]): void {
    const many = kind === "ip" || kind === "u8" || kind === "u16" || kind === "mac";
    let fallback = false;
    for (const source of sources) {
      const index = this.#fields.get(source);
      if (index === undefined) continue;
      const code = stepCode(this.#template.fields[index]!, kind);
      if (code === undefined) continue;
      if (code === "upTime" && this.#sinceBoot(steps, index, name)) return;
      steps.push(this.#step(code, index, this.#rows.out[name], fallback));
      if (!many) return;
      fallback = true;
    }
  }

  /** For an uptime in a record that has the exporter's start time: that time, plus the uptime. */
  #sinceBoot(steps: Step[], index: number, name: ColumnName): boolean {
    const boot = this.#fields.get("systemInitTimeMilliseconds");
    if (boot === undefined || this.#template.fields[boot]!.length !== 8) return false;
    steps.push(
      this.#step("u64", boot, this.#rows.out[name], false),
      this.#step("addMs", index, this.#rows.out[name], false),
    );
    return true;
  }

  /** Steps that use more than one column or field. They run after the plain steps, whose values they read. */
  derived(steps: Step[]): void {
    const { columns } = this.#rows;
    const has = (names: readonly string[]): boolean => names.some((name) => this.#fields.has(name));
    for (const name of ["icmpTypeCodeIPv4", "icmpTypeCodeIPv6"]) this.#whole(steps, "icmp", name, 2, columns.IcmpType);
    if (!this.#fields.has("ipClassOfService")) this.#whole(steps, "dscp", "ipDiffServCodePoint", 1, columns.Tos);
    const hasStart = has(columnByName("TimeStart").elements);
    const hasEnd = has(columnByName("TimeEnd").elements);
    for (const [name, perMs] of [
      ["flowDurationMilliseconds", 1],
      ["flowDurationMicroseconds", 1000],
    ] as const) {
      const extra = hasEnd ? { from: columns.TimeEnd, sign: -1, perMs } : { from: columns.TimeStart, sign: 1, perMs };
      if (hasStart !== hasEnd) {
        this.#whole(steps, "duration", name, 4, hasEnd ? columns.TimeStart : columns.TimeEnd, extra);
      }
    }
    if (this.#fields.has("samplingPacketInterval") && !this.#fields.has("samplingInterval")) {
      this.#whole(steps, "samplingSpace", "samplingPacketSpace", 4, columns.SamplingRate);
    }
    for (const name of ["samplerId", "selectorId"]) {
      const index = this.#fields.get(name);
      if (index !== undefined) steps.push(this.#step("sampler", index, columns.SamplingRate, false));
    }
  }

  /** Adds a step for a field that must have exactly `length` bytes. */
  #whole(
    steps: Step[],
    code: StepCode,
    name: string,
    length: number,
    out: Step["out"],
    extra?: { from: Uint32Array; sign: number; perMs: number },
  ): void {
    const index = this.#fields.get(name);
    if (index === undefined || this.#template.fields[index]!.length !== length) return;
    steps.push({ ...this.#step(code, index, out, false), ...extra });
  }

  #step(code: StepCode, field: number, out: Step["out"], fallback: boolean): Step {
    return { code, field, offset: this.#offsets[field]!, length: this.#template.fields[field]!.length, fallback, out };
  }
}

/** How a field is copied into a column of a kind; undefined when its length or type does not fit. */
function stepCode(field: FieldSpecifier, kind: ColumnKind): StepCode | undefined {
  const { length } = field;
  const type = field.element?.type;
  if (kind === "ip") return type === "ipv4Address" ? exact(length, 4, "ip4") : exact(length, 16, "ip6");
  if (kind === "mac") return exact(length, 6, "mac");
  if (kind === "ms") return timeCode(field);
  if (field.element?.name.includes("LabelStackSection")) return length === 3 || length === 4 ? "mpls" : undefined;
  if (type === "octetArray" || type === "string") return undefined;
  // Integers of variable length do not occur in practice; `ngflow decode` still shows them.
  return length <= 8 ? kind : undefined;
}

function timeCode(field: FieldSpecifier): StepCode | undefined {
  const { length, element } = field;
  switch (element?.type) {
    case "dateTimeSeconds":
      return exact(length, 4, "seconds");
    case "dateTimeMilliseconds":
      return length === 8 ? "u64" : undefined;
    case "dateTimeMicroseconds":
    case "dateTimeNanoseconds":
      return exact(length, 8, "ntp");
    default:
      if (element?.name.endsWith("DeltaMicroseconds")) return exact(length, 4, "delta");
      return exact(length, 4, "upTime");
  }
}

function exact(length: number, wanted: number, code: StepCode): StepCode | undefined {
  return length === wanted ? code : undefined;
}
