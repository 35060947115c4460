import type { FlowColumn } from "./column.ts";

/** A name that says the column belongs to one end or direction. */
const DIRECTIONAL_NAME = /^(Src|Dst|In|Out)[A-Z]/;

/** What is wrong with a column table, one sentence each: the checks that types cannot make. */
export function columnProblems(columns: readonly FlowColumn[]): string[] {
  const problems: string[] = [];
  const byName = new Map(columns.map((column) => [column.name, column]));
  const byAlias = new Map<string, FlowColumn>();
  if (byName.size !== columns.length) problems.push("two columns have the same name");
  for (const column of columns) {
    const { name, kind, opposite, reverse } = column;
    if (opposite === undefined) {
      // A counter of what went in or out is no property of an end.
      if (DIRECTIONAL_NAME.test(name) && kind !== "u64")
        problems.push(`${name}: reverse is "${reverse}"; a directional column needs "swap" and an opposite`);
    } else {
      const other = byName.get(opposite);
      if (other === undefined) problems.push(`${name}: its opposite ${opposite} is not a column`);
      else if (opposite === name || other.opposite !== name)
        problems.push(`${name}: its opposite ${opposite} does not name it back`);
      else if (other.kind !== kind || other.key !== column.key)
        problems.push(`${name}: its opposite ${opposite} differs in kind or key`);
    }
    for (const alias of column.aliases ?? []) {
      if (alias !== alias.toLowerCase()) problems.push(`${name}: the short name "${alias}" is not in lower case`);
      const first = byAlias.get(alias) ?? column;
      byAlias.set(alias, first);
      if (first.kind !== kind)
        problems.push(`${name}: the short name "${alias}" is also that of ${first.name}, of another kind`);
    }
  }
  return problems;
}
