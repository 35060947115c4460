import { columnByName, type ColumnKind, type ColumnName, COLUMNS, type FlowColumn } from "@ngflow/flows";
import { type FieldSpecifier, type Template, VARIABLE_LENGTH } from "@ngflow/wire";
import { EXTRA_WORK, NAMED_WORK, RECORD_WORK, ROW_WORK, TOTALS_WORK } from "../work.ts";
import { type Counting, countingOf, type Operand } from "./counting.ts";
import { type ExporterFields, exporterFields } from "./exporter-fields.ts";
import { ExtraElements, type ExtraPlan, extraPlan } from "./extra-plan.ts";
import type { RecordContext } from "./record-context.ts";
import type { RowArrays } from "./row-arrays.ts";
import { writtenColumns } from "./written-columns.ts";

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
  | "upTimes"
  | "seconds"
  | "ntp"
  | "delta"
  | "duration"
  | "dscp"
  | "icmp"
  | "otherCounters"
  | "samplingSpace"
  | "sampler"
  | "interfaceRate"
  | "lineCardRate";

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
  /** A second field: the end of `upTimes`, the packets of `otherCounters`, the interval of `samplingSpace`. */
  readonly second: Operand | undefined;
  /** The exporter's start, for uptimes of a record that has it. */
  readonly boot: Operand | undefined;
  /** Units of a duration per millisecond. */
  readonly perMs: number;
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
  /** The protocols whose ICMP type and code the template has fields for; of others they are in the port. */
  readonly icmp: { readonly v4: boolean; readonly v6: boolean };
  /** Whether times are of the exporter's clock, not counted back from its export time. */
  readonly absolute: boolean;
  /** Whether a step of two uptimes sets the times, and says where they came from. */
  readonly upTimes: boolean;
  /** Whether a field says how records are sampled, or by what. */
  readonly rated: boolean;
  /** Whether the reverse direction has times of its own. */
  readonly reverseTimes: boolean;
  readonly counting: Counting;
  /** Fields for column Extra; undefined when there are none, or they are not kept. */
  readonly extra: ExtraPlan | undefined;
  /** Fields that name the exporter of a record; undefined where it is that of the session. */
  readonly exporter: ExporterFields | undefined;
  /** Whether a field fills an address or a counter. Without one the records are no flows, and make no rows. */
  readonly keyed: boolean;
  /** Units of work of a record, and of passing over one. */
  readonly work: number;
  readonly skipWork: number;
  /** Offset of every field of the current record, for templates with variable length. */
  readonly offsets: Int32Array;
  readonly lengths: Int32Array;
  /** Positions of the columns that it may write. */
  readonly columns: Uint8Array;
  readonly hot: HotPlan;
}

/**
 * A plan of a fixed template as a function of its own (compile-plan.ts). It does what the steps do, which remain the
 * reference.
 */
export interface CompiledPlan {
  /**
   * Reads `n` records from `view` at `base` into the rows from `row` on: the steps that are compiled, and the columns
   * that are the same in all rows of a message.
   */
  readonly read: (view: DataView, base: number, n: number, row: number, context: RecordContext) => void;
  /** Steps to run after it. */
  readonly rest: readonly Step[];
  /** Whether it reads uptimes, for which the header must have the exporter's uptime. */
  readonly upTimes: boolean;
}

/** A plan whose template brings many records gets a function. */
export interface HotPlan {
  /** Records that were read without it since it was last tried. */
  records: number;
  compiled: CompiledPlan | undefined;
  /** The generation of the batch that knows which columns the plan writes. */
  generation: number;
}

type Fields = ReadonlyMap<string, number>;

const elements = new ExtraElements();

/**
 * The plan of a template over the columns of a batch. Fields that fill no column go to Extra if `keepExtra`.
 * Where a template has several sources of a column, the best one is used first, and the others in rows where it is
 * zero; of times and counters, only the best one is used.
 */
export function columnPlan(template: Template, rows: RowArrays, keepExtra = true): ColumnPlan {
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
  build.upTimes(steps);
  for (const { name, kind, role, elements } of SOURCES) {
    const before = steps.length;
    build.column(steps, name, kind, elements.forward, elements.otherwise);
    build.column(reverse, name, kind, elements.reverse);
    keyed ||= steps.length > before && (kind === "ip" || kind === "mac" || role === "counter");
  }
  build.derived(steps);
  const exporter = exporterFields(template);
  const counting = build.counting();
  const extra = keepExtra && keyed ? extraPlan(template, copied([...steps, ...reverse]), offsets, elements) : undefined;
  const v4 = fields.has("sourceIPv4Address") || fields.has("destinationIPv4Address");
  const v6 = fields.has("sourceIPv6Address") || fields.has("destinationIPv6Address");
  return {
    template,
    steps,
    reverse,
    family: v4 === v6 ? 0 : v4 ? 4 : 6,
    hasIpVersion: fields.has("ipVersion"),
    icmp: { v4: build.hasAny(ICMP4), v6: build.hasAny(ICMP6) },
    absolute: [...steps, ...reverse].some(({ code, out }) => isTime(rows, out) && ABSOLUTE.has(code)),
    upTimes: steps.some(({ code }) => code === "upTimes"),
    rated: steps.some(({ code, out }) => out === rows.columns.SamplingRate && code !== "interfaceRate"),
    reverseTimes: reverse.some(({ out }) => isTime(rows, out)),
    counting,
    extra,
    exporter,
    keyed,
    work: recordWork(
      template,
      steps.length + EXTRA_WORK * (extra?.fields.length ?? 0),
      reverse.length,
      (counting.mode === "totals" ? TOTALS_WORK : 0) + (exporter === undefined ? 0 : NAMED_WORK),
    ),
    skipWork: RECORD_WORK + (template.variable ? template.fields.length : 0),
    offsets: new Int32Array(template.fields.length),
    lengths: new Int32Array(template.fields.length),
    columns: writtenColumns(steps, reverse, rows),
    hot: { records: 0, compiled: undefined, generation: -1 },
  };
}

/** Steps that look something up by their field, so that its value itself is in no column. */
const LOOK_UP: ReadonlySet<StepCode> = new Set<StepCode>(["sampler", "interfaceRate", "lineCardRate"]);

/** Positions of the fields whose values are in columns. */
function copied(steps: readonly Step[]): ReadonlySet<number> {
  const fields = new Set<number>();
  for (const { code, field, second } of steps) {
    if (!LOOK_UP.has(code)) fields.add(field);
    if (second !== undefined) fields.add(second.field);
  }
  return fields;
}

const ICMP4 = ["icmpTypeCodeIPv4", "icmpTypeIPv4", "icmpCodeIPv4"];
const ICMP6 = ["icmpTypeCodeIPv6", "icmpTypeIPv6", "icmpCodeIPv6"];
/** Steps that copy a time of the exporter's clock. */
const ABSOLUTE: ReadonlySet<StepCode> = new Set<StepCode>(["u64", "seconds", "ntp"]);

function isTime({ columns }: RowArrays, out: Step["out"]): boolean {
  return out === columns.TimeStart || out === columns.TimeEnd;
}

/** Units of work of a record. A second direction is another row, copied from the first. */
function recordWork({ fields, variable }: Template, steps: number, reverse: number, count: number): number {
  const single = variable || reverse > 0 ? fields.length + RECORD_WORK : 0;
  return ROW_WORK + count + steps + single + (reverse > 0 ? 4 * ROW_WORK + count + reverse : 0);
}

/** Elements that fill a column of the reverse direction, best first. */
function reverseElements(column: FlowColumn): string[] {
  if (column.key) return [];
  const reverse = column.elements.map((name) => `reverse${name[0]!.toUpperCase()}${name.slice(1)}`);
  return [...reverse, ...(column.reverseElements ?? [])];
}

const DURATIONS = ["flowDurationMilliseconds", "flowDurationMicroseconds"];

/** The elements of every column in both directions. */
const SOURCES = COLUMNS.map(({ name }) => {
  const column = columnByName(name);
  const { kind, role, elements, otherwise = [] } = column;
  return { name, kind, role, elements: { forward: elements, otherwise, reverse: reverseElements(column) } };
});

class PlanBuilder {
  readonly #template: Template;
  readonly #fields: Fields;
  readonly #offsets: Int32Array;
  readonly #rows: RowArrays;
  /** Elements whose columns have their steps. */
  readonly #done = new Set<string>();

  constructor(template: Template, fields: Fields, offsets: Int32Array, rows: RowArrays) {
    this.#template = template;
    this.#fields = fields;
    this.#offsets = offsets;
    this.#rows = rows;
    const pair = ["samplingPacketInterval", "samplingPacketSpace"].map((name) => this.#operand(name)?.length);
    if (pair[0] === 4 && pair[1] === 4) this.#done.add("samplingPacketInterval");
  }

  /**
   * Steps for the sources of a column that the template has. Of several that mean the same, one that is not zero is
   * used, except of times and counters, where the first is. Without any, the others' first is.
   */
  column(
    steps: Step[],
    name: ColumnName,
    kind: ColumnKind,
    sources: readonly string[],
    otherwise: readonly string[] = [],
  ): void {
    const many = kind !== "u64" && kind !== "ms";
    let fallback = false;
    for (const source of sources) {
      const code = this.#code(source, kind);
      if (code === undefined || this.#done.has(source)) continue;
      steps.push(this.#step(code, this.#fields.get(source)!, this.#rows.out[name], fallback));
      if (!many) return;
      fallback = true;
    }
    const other = fallback ? undefined : otherwise.find((source) => this.#code(source, kind) !== undefined);
    if (other !== undefined) this.column(steps, name, kind, [other]);
  }

  #code(source: string, kind: ColumnKind): StepCode | undefined {
    const index = this.#fields.get(source);
    return index === undefined ? undefined : stepCode(this.#template.fields[index]!, kind);
  }

  /** The first of the sources of a column that the template has and that fits it; undefined for none. */
  #first(name: ColumnName): string | undefined {
    const { elements, kind } = columnByName(name);
    return elements.find((source) => this.#code(source, kind) !== undefined);
  }

  hasAny(names: readonly string[]): boolean {
    return names.some((name) => this.#fields.has(name));
  }

  /** One step for start and end if both are uptimes: the start is counted back from the end. */
  upTimes(steps: Step[]): void {
    if (this.#first("TimeStart") !== "flowStartSysUpTime" || this.#first("TimeEnd") !== "flowEndSysUpTime") return;
    const start = this.#fields.get("flowStartSysUpTime")!;
    const second = this.#operand("flowEndSysUpTime");
    steps.push({ ...this.#step("upTimes", start, this.#rows.columns.TimeStart, false), second });
    for (const { elements } of [columnByName("TimeStart"), columnByName("TimeEnd")]) {
      for (const element of elements) this.#done.add(element);
    }
  }

  counting(): Counting {
    const index = (name: ColumnName): number => {
      const source = this.#first(name);
      return source === undefined ? -1 : this.#fields.get(source)!;
    };
    const start = this.#first("TimeStart");
    const hasStart = (start !== undefined && start.startsWith("flowStart")) || this.hasAny(DURATIONS);
    return countingOf(this.#template, index("Bytes"), index("Packets"), hasStart, (name) => this.#operand(name));
  }

  /** Steps that use more than one column or field. They run after the plain steps, whose values they read. */
  derived(steps: Step[]): void {
    const { columns } = this.#rows;
    for (const name of ["icmpTypeCodeIPv4", "icmpTypeCodeIPv6"]) this.#whole(steps, "icmp", name, 2, columns.IcmpType);
    if (!this.#fields.has("ipClassOfService")) this.#whole(steps, "dscp", "ipDiffServCodePoint", 1, columns.Tos);
    this.#whole(steps, "duration", "flowDurationMilliseconds", 4, columns.TimeStart);
    this.#whole(steps, "duration", "flowDurationMicroseconds", 4, columns.TimeStart, 1000);
    this.#otherCounters(steps);
    const interval = this.#operand("samplingPacketInterval");
    if (interval?.length === 4) {
      this.#whole(steps, "samplingSpace", "samplingPacketSpace", 4, columns.SamplingRate, 1, interval);
    }
    const sampler = this.#fields.get("samplerId") ?? this.#fields.get("selectorId");
    if (sampler !== undefined) steps.push(this.#step("sampler", sampler, columns.SamplingRate, false));
    if (this.#first("InIf") !== undefined || this.#first("OutIf") !== undefined) {
      steps.push(this.#step("interfaceRate", 0, columns.SamplingRate, false));
    }
    const card = this.#fields.get("lineCardId");
    if (card !== undefined) steps.push(this.#step("lineCardRate", card, columns.SamplingRate, false));
  }

  /**
   * For templates with the counters of both sides (IN and OUT of v9): where the incoming ones are both zero, the
   * outgoing ones are what the flow carried.
   */
  #otherCounters(steps: Step[]): void {
    for (const kind of ["Delta", "Total"]) {
      const octets = this.#fields.get(`postOctet${kind}Count`);
      const second = this.#operand(`postPacket${kind}Count`);
      if (octets === undefined || this.#template.fields[octets]!.length > 8 || (second?.length ?? 0) > 8) continue;
      const packets = this.#first("Packets") ?? `packet${kind}Count`;
      if (this.#first("Bytes") !== `octet${kind}Count` || !packets.endsWith(`acket${kind}Count`)) continue;
      steps.push({ ...this.#step("otherCounters", octets, this.#rows.columns.Bytes, false), second });
    }
  }

  /** Adds a step for a field that must have exactly `length` bytes. */
  #whole(
    steps: Step[],
    code: StepCode,
    name: string,
    length: number,
    out: Step["out"],
    perMs = 1,
    second?: Operand,
  ): void {
    const index = this.#fields.get(name);
    if (index === undefined || this.#template.fields[index]!.length !== length) return;
    steps.push({ ...this.#step(code, index, out, false), perMs, second });
  }

  #step(code: StepCode, field: number, out: Step["out"], fallback: boolean): Step {
    const boot = code === "upTime" || code === "upTimes" ? this.#boot() : undefined;
    const { length } = this.#template.fields[field]!;
    return { code, field, offset: this.#offsets[field]!, length, fallback, out, second: undefined, boot, perMs: 1 };
  }

  #boot(): Operand | undefined {
    const boot = this.#operand("systemInitTimeMilliseconds");
    return boot?.length === 8 ? boot : undefined;
  }

  #operand(name: string): Operand | undefined {
    const field = this.#fields.get(name);
    if (field === undefined) return undefined;
    return { field, offset: this.#offsets[field]!, length: this.#template.fields[field]!.length };
  }
}

/** How a field is copied into a column of a kind; undefined when its length or type does not fit. */
function stepCode(field: FieldSpecifier, kind: ColumnKind): StepCode | undefined {
  const { length } = field;
  const type = field.element?.type;
  if (kind === "ip") return type === "ipv4Address" ? exact(length, 4, "ip4") : exact(length, 16, "ip6");
  if (kind === "mac") return exact(length, 6, "mac");
  if (kind === "ms") return timeCode(field);
  if (kind === "map") return undefined;
  if (field.element?.name.includes("LabelStackSection")) return length === 3 || length === 4 ? "mpls" : undefined;
  if (field.element?.name === "applicationId") return exact(length, 4, "u32");
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
