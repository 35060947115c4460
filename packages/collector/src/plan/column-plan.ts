import { columnByName, COLUMNS, type FlowColumn } from "@ngflow/flows";
import { type Template, VARIABLE_LENGTH } from "@ngflow/wire";
import { EXTRA_WORK, NAMED_WORK, RECORD_WORK, ROW_WORK, TOTALS_WORK } from "../work.ts";
import type { Counting } from "./counting.ts";
import { type ExporterFields, exporterFields } from "./exporter-fields.ts";
import { ExtraElements, type ExtraPlan, extraPlan } from "./extra-plan.ts";
import { PlanBuilder } from "./plan-builder.ts";
import type { RecordContext } from "./record-context.ts";
import type { RowArrays } from "./row-arrays.ts";
import type { Step, StepCode } from "./step.ts";
import { writtenColumns } from "./written-columns.ts";

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

/** The elements of every column in both directions. */
const SOURCES = COLUMNS.map(({ name }) => {
  const column = columnByName(name);
  const { kind, role, elements, otherwise = [] } = column;
  return { name, kind, role, elements: { forward: elements, otherwise, reverse: reverseElements(column) } };
});
