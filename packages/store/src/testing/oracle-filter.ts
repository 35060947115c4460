import { parseIp } from "@ngflow/base";
import {
  columnByName,
  type ColumnName,
  DERIVED,
  type Entry,
  type Literal,
  namedByName,
  type Predicate,
  type ValueName,
} from "@ngflow/flows";
import type { TestRow } from "./rows.ts";

/** The value of a column of a row; addresses as numbers of 128 bits. What is absent is zero. */
export function columnOf(row: TestRow, column: ColumnName): bigint {
  const value = column === "Extra" ? 0 : (row[column] ?? 0);
  if (columnByName(column).kind !== "ip") return BigInt(value);
  return value === 0 ? 0n : wide(parseIp(String(value))!);
}

function wide(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** A column or derived value of a row. Nothing has a name. */
export function valueOf(row: TestRow, name: ValueName): bigint {
  if (namedByName(name) !== undefined) return 0n;
  const derived = DERIVED.find((row) => row.name === name);
  const column = (name: ColumnName): bigint => columnOf(row, name);
  return derived ? derived.of(column, 0n) : column(name as ColumnName);
}

/** Whether a filter keeps a row, computed the plain way. */
export function oracleMatches(tree: Predicate, row: TestRow): boolean {
  const number = (literal: Literal): bigint => (literal.kind === "ip" ? wide(literal.bytes) : literal.value);
  switch (tree.kind) {
    case "all":
      return true;
    case "and":
      return tree.terms.every((term) => oracleMatches(term, row));
    case "or":
      return tree.terms.some((term) => oracleMatches(term, row));
    case "not":
      return !oracleMatches(tree.term, row);
    case "named":
    case "lookup":
      throw new Error("names have tests of their own");
    case "entry":
      return entryMatches(tree, row.Extra?.[tree.key]);
    case "compare":
      return compared(valueOf(row, tree.column), tree.operator, number(tree.value));
    case "columns":
      return compared(valueOf(row, tree.left), tree.operator, valueOf(row, tree.right));
    case "between": {
      const value = valueOf(row, tree.column);
      return value >= number(tree.low) && value <= number(tree.high);
    }
    case "oneOf":
      return tree.values.some((value) => number(value) === valueOf(row, tree.column));
    case "prefixes": {
      const value = valueOf(row, tree.column);
      return tree.prefixes.some(({ bytes, length }) => (value ^ wide(bytes)) >> BigInt(128 - length) === 0n);
    }
    case "bits": {
      const common = valueOf(row, tree.column) & tree.mask;
      return tree.match === "all" ? common === tree.mask : common !== 0n;
    }
  }
}

function entryMatches({ test }: Entry, text: string | undefined): boolean {
  if (text === undefined) return false;
  if (test.is === "there") return true;
  if (test.is === "oneOf") return test.texts.includes(text);
  if (test.is === "string" || test.bytes !== undefined) throw new Error("late names have tests of their own");
  const number = text.trim() === "" ? Number.NaN : Number(text);
  switch (test.operator) {
    case "<":
      return number < test.value;
    case "<=":
      return number <= test.value;
    case ">":
      return number > test.value;
    case ">=":
      return number >= test.value;
  }
}

function compared(a: bigint, operator: string, b: bigint): boolean {
  switch (operator) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}
