import { columnByName, type ColumnKind, type ColumnName } from "@ngflow/flows";
import type { FieldSpecifier, Template } from "@ngflow/wire";
import { type Counting, countingOf, type Operand } from "./counting.ts";
import type { RowArrays } from "./row-arrays.ts";
import type { Step, StepCode } from "./step.ts";

type Fields = ReadonlyMap<string, number>;

/** Most bytes of a number. */
const NUMBER_MAX = 8;
const DURATIONS = ["flowDurationMilliseconds", "flowDurationMicroseconds"];

/** Makes the steps of a plan from the fields of a template. */
export class PlanBuilder {
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
    if (this.#isNumber("samplingPacketInterval") && this.#isNumber("samplingPacketSpace")) {
      this.#done.add("samplingPacketInterval");
    }
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
    this.#number(steps, "duration", "flowDurationMilliseconds", columns.TimeStart);
    this.#number(steps, "duration", "flowDurationMicroseconds", columns.TimeStart, 1000);
    this.#otherCounters(steps);
    if (this.#isNumber("samplingPacketInterval")) {
      const interval = this.#operand("samplingPacketInterval");
      this.#number(steps, "samplingSpace", "samplingPacketSpace", columns.SamplingRate, 1, interval);
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
  #whole(steps: Step[], code: StepCode, name: string, length: number, out: Step["out"]): void {
    const index = this.#fields.get(name);
    if (index === undefined || this.#template.fields[index]!.length !== length) return;
    steps.push(this.#step(code, index, out, false));
  }

  /** Adds a step for a number, which may have fewer bytes than its type (RFC 7011 section 6.2), or more. */
  #number(steps: Step[], code: StepCode, name: string, out: Step["out"], perMs = 1, second?: Operand): void {
    if (!this.#isNumber(name)) return;
    steps.push({ ...this.#step(code, this.#fields.get(name)!, out, false), perMs, second });
  }

  /** Whether the template has a field of so many bytes as a number may have. */
  #isNumber(name: string): boolean {
    const index = this.#fields.get(name);
    return index !== undefined && this.#template.fields[index]!.length <= NUMBER_MAX;
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
      if (length > NUMBER_MAX) return undefined;
      return element?.name.endsWith("DeltaMicroseconds") ? "delta" : "upTime";
  }
}

function exact(length: number, wanted: number, code: StepCode): StepCode | undefined {
  return length === wanted ? code : undefined;
}
