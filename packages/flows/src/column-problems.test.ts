import { describe, expect, test } from "vitest";
import type { FlowColumn } from "./column.ts";
import { columnProblems } from "./column-problems.ts";
import { COLUMNS } from "./columns.ts";

/** The table with some rows changed and some added. */
function table(changes: Record<string, Partial<FlowColumn>>, ...added: FlowColumn[]): FlowColumn[] {
  const rows: FlowColumn[] = COLUMNS.map((column) => ({ ...column, ...changes[column.name] }) as FlowColumn);
  return [...rows, ...added];
}

const directional = { kind: "u32", role: "dimension", label: "Zone", elements: [], reverse: "swap" } as const;

test("the column table has no problem", () => {
  expect(columnProblems(COLUMNS)).toEqual([]);
});

test("every directional column names its opposite, and the opposite names it back", () => {
  const opposites = new Map<string, string>();
  for (const column of COLUMNS) if (column.reverse === "swap") opposites.set(column.name, column.opposite);
  expect(opposites.size).toBeGreaterThanOrEqual(12);
  for (const [name, opposite] of opposites) expect(opposites.get(opposite), name).toBe(name);
  const directionalNames = COLUMNS.map(({ name }) => name).filter((name) => /^(Src|Dst|In|Out)[A-Z]/.test(name));
  // Counters of what went out, beside those of what came in, are no property of an end.
  expect(directionalNames.filter((name) => !opposites.has(name))).toEqual(["OutBytes", "OutPackets"]);
});

describe("a table is refused", () => {
  test.each<[string, FlowColumn[], RegExp]>([
    [
      "with one of a pair",
      table({}, { ...directional, name: "SrcZone", opposite: "DstZone" }),
      /SrcZone: .*DstZone is not/,
    ],
    [
      "with an opposite of another",
      table({}, { ...directional, name: "SrcZone", opposite: "DstAddr" }),
      /name it back/,
    ],
    [
      "with a column that is its own opposite",
      table({}, { ...directional, name: "SrcZone", opposite: "SrcZone" }),
      /back/,
    ],
    [
      "with a directional name that keeps",
      table({}, { ...directional, name: "InZone", reverse: "keep" }),
      /InZone: .*"swap"/,
    ],
    ["with a pair of two kinds", table({ SrcPort: { kind: "u32" } }), /SrcPort: its opposite DstPort differs/],
    ["with a pair of which one is key", table({ InIf: { key: true } }), /OutIf: its opposite InIf differs/],
    ["with a name twice", table({ SrcPort: { name: "DstPort" } }), /same name/],
    ["with a short name in capitals", table({ Tos: { aliases: ["TOS"] } }), /"TOS"/],
    ["with a short name for two kinds", table({ Tos: { aliases: ["port"] } }), /"port" is also/],
  ])("%s", (_, rows, problem) => {
    expect(columnProblems(rows).join("\n")).toMatch(problem);
  });
});

test("the types demand an opposite of a directional column, and of no other", () => {
  const row = { name: "X", kind: "u8", role: "dimension", label: "X", elements: [] } as const;
  // @ts-expect-error `swap` without an opposite
  const missing: FlowColumn = { ...row, reverse: "swap" };
  // @ts-expect-error an opposite without `swap`
  const needless: FlowColumn = { ...row, reverse: "keep", opposite: "Y" };
  // @ts-expect-error nothing is said of reverse records
  const silent: FlowColumn = { ...row };
  expect([missing, needless, silent]).toHaveLength(3);
});
