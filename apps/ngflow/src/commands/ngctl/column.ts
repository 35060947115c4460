import { terminalWord } from "@ngflow/base";
import { displayText } from "@ngflow/graph";

/** A name of the graph in a column of a table, which is filled by bytes, as printf does. */
export function column(name: string, bytes: number): string {
  return terminalWord(displayText(name.padEnd(bytes)));
}

/** A name of the graph in a text. */
export function shownName(name: string): string {
  return column(name, 0);
}
