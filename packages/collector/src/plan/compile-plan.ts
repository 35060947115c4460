import { TIME_SOURCE } from "@ngflow/flows";
import type { ColumnPlan, CompiledPlan } from "./column-plan.ts";
import type { Step } from "./step.ts";
import type { RowArrays } from "./row-arrays.ts";

/** An uptime further after the header's is from before a wrap; as in times.ts. */
const WRAPPED_FROM = 2 ** 32 - 3_600_000;

let plansMade = 0;

/** Big-endian integers of 1 to 4 bytes. Those of 4 have a sign, which a column ignores. */
const READ: Readonly<Record<number, (at: string) => string>> = {
  1: (at) => `v.getUint8(${at})`,
  2: (at) => `v.getUint16(${at})`,
  3: (at) => `(v.getUint16(${at}) << 8 | v.getUint8(${at} + 2))`,
  4: (at) => `v.getInt32(${at})`,
};

/** The compiled form of a plan; undefined for templates whose records are read one by one. */
export function compilePlan(plan: ColumnPlan, rows: RowArrays): CompiledPlan | undefined {
  if (plan.template.variable || plan.reverse.length > 0) return undefined;
  const { columns } = rows;
  const columnNames = new Map<Step["out"], string>();
  const nameOf = (column: Step["out"]): string => {
    const name = columnNames.get(column) ?? `c${columnNames.size}`;
    columnNames.set(column, name);
    return name;
  };
  const statements = constants(plan, rows, nameOf);
  const rest: Step[] = [];
  const written = new Set<Step["out"]>();
  let upTimes = false;
  for (const step of plan.steps) {
    // What follows a step of the rest in the same column comes after it.
    const statement = written.has(step.out) ? undefined : statementOf(step, nameOf, columns.TimeEnd);
    if (statement === undefined) {
      rest.push(step);
      written.add(step.out);
    } else statements.push(statement);
    upTimes ||= step.code === "upTimes" && statement !== undefined;
  }
  // A step of the rest is behind those that were compiled, also of other columns: only the derived steps, which are
  // last, read what others wrote.
  const declared = [...columnNames.values()].map((name, i) => `const ${name} = o[${i}];`);
  // The number makes the text unlike that of every other plan: the engine makes columns constants of a function only
  // where it has seen the text once.
  const text = `"use strict"; // plan ${plansMade++}
${declared.join("\n")}
return function (v, base, n, row, x) {
  const received = x.receivedMs, low = received >>> 0, high = Math.floor(received / 4294967296);
  const words = x.exporterWords, w0 = words[0], w1 = words[1], w2 = words[2], w3 = words[3];
  const domain = x.domain, version = x.version, rate = x.samplingRate, source = x.samplingSource;
  const exported = x.exportMs, xl = exported >>> 0, xh = Math.floor(exported / 4294967296), up = x.sysUpTimeMs;
  for (let p = base, r = row, end = row + n; r < end; r++, p += ${plan.template.minLength}) {
    ${statements.join("\n    ")}
  }
};`;
  // The text holds numbers of the plan and names that were made here: nothing that an exporter sent as text.
  // oxlint-disable-next-line no-new-func
  const make = new Function("o", text) as (out: readonly Step["out"][]) => CompiledPlan["read"];
  return { read: make([...columnNames.keys()]), rest, upTimes };
}

/** Columns that come from no field. The rate is one of them, unless a field says it. */
function constants(
  { rated }: ColumnPlan,
  { columns, exporterWords }: RowArrays,
  nameOf: (column: Step["out"]) => string,
): string[] {
  const time = nameOf(columns.TimeReceived);
  const exporter = nameOf(exporterWords);
  const statements = [
    `${time}[2 * r] = low; ${time}[2 * r + 1] = high;`,
    [0, 1, 2, 3].map((i) => `${exporter}[4 * r + ${i}] = w${i};`).join(" "),
    `${nameOf(columns.Domain)}[r] = domain;`,
    `${nameOf(columns.Version)}[r] = version;`,
    `${nameOf(columns.TimeSource)}[r] = ${TIME_SOURCE.record};`,
  ];
  if (!rated) {
    statements.push(`${nameOf(columns.SamplingRate)}[r] = rate;`, `${nameOf(columns.SamplingSource)}[r] = source;`);
  }
  return statements;
}

/** What a step does for one record; undefined if that is not compiled. */
function statementOf(step: Step, nameOf: (column: Step["out"]) => string, ends: Uint32Array): string | undefined {
  const { code, offset, length, fallback, out } = step;
  if (fallback) return undefined;
  const at = (bytes: number): string => `p + ${offset + bytes}`;
  const column = nameOf(out);
  switch (code) {
    case "u8":
      return storeUint(column, at(0), length, 1);
    case "u16":
      return storeUint(column, at(0), length, 2);
    case "u32":
      return storeUint(column, at(0), length, 4);
    case "u64": {
      if (length < 1 || length > 8) return undefined;
      const lower = Math.min(length, 4);
      const higher = length > 4 ? `${column}[2 * r + 1] = ${READ[length - 4]!(at(0))};` : "";
      return `${column}[2 * r] = ${READ[lower]!(at(length - lower))}; ${higher}`;
    }
    case "ip4":
      return `${column}[4 * r + 2] = 0xffff0000; ${column}[4 * r + 3] = v.getInt32(${at(0)}, true);`;
    case "ip6":
      return [0, 1, 2, 3].map((i) => `${column}[4 * r + ${i}] = v.getInt32(${at(4 * i)}, true);`).join(" ");
    case "mac":
      return `${column}[2 * r + 1] = v.getUint16(${at(0)}); ${column}[2 * r] = v.getInt32(${at(2)});`;
    case "mpls":
      return `${column}[r] = v.getUint16(${at(0)}) << 4 | v.getUint8(${at(2)}) >>> 4;`;
    case "dscp":
      return `${column}[r] = v.getUint8(${at(0)}) << 2;`;
    case "upTimes":
      return step.boot === undefined && length === 4 && step.second!.length === 4
        ? readUpTimes(at(0), `p + ${step.second!.offset}`, column, nameOf(ends))
        : undefined;
    default:
      return undefined;
  }
}

/** An integer of 1 to 4 bytes into a column of `width` bytes; one that does not fit becomes the column's maximum. */
function storeUint(column: string, at: string, length: number, width: number): string | undefined {
  if (length < 1 || length > 4) return undefined;
  if (length <= width) return `${column}[r] = ${READ[length]!(at)};`;
  return `${column}[r] = Math.min(${READ[length]!(at)} >>> 0, ${2 ** (8 * width) - 1});`;
}

/** Two uptimes counted back from the header's, as copyUpTimes does it where that is known. Times have a borrow. */
function readUpTimes(startAt: string, endAt: string, start: string, end: string): string {
  return `{
      const first = v.getUint32(${startAt}), last = v.getUint32(${endAt});
      const age = (up - last) >>> 0, long = (last - first) >>> 0;
      const el = (xl - age) >>> 0, eh = xh - (xl < age ? 1 : 0) + (age > ${WRAPPED_FROM} ? 1 : 0);
      ${end}[2 * r] = el; ${end}[2 * r + 1] = eh;
      ${start}[2 * r] = (el - long) >>> 0;
      ${start}[2 * r + 1] = eh - (el < long ? 1 : 0) + (long > ${WRAPPED_FROM} ? 1 : 0);
    }`;
}
