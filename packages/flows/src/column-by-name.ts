import type { FlowColumn } from "./column.ts";
import { columnProblems } from "./column-problems.ts";
import { type ColumnName, COLUMNS } from "./columns.ts";
import { FlowsError } from "./errors.ts";

const BY_NAME: ReadonlyMap<ColumnName, FlowColumn> = checkedByName();

function checkedByName(): ReadonlyMap<ColumnName, FlowColumn> {
  const problems = columnProblems(COLUMNS);
  if (problems.length > 0) throw new FlowsError("column-table", `columns.ts: ${problems.join("; ")}`);
  return new Map(COLUMNS.map((column) => [column.name, column]));
}

/** The row of a column. */
export function columnByName(name: ColumnName): FlowColumn {
  return BY_NAME.get(name)!;
}
