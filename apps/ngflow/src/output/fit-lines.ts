import { wrapText } from "./wrap-text.ts";

/** Columns of a terminal; absent where the output is not one, so that lines for programs stay lines. */
export function columnsOf(stream: { readonly isTTY?: boolean; readonly columns?: number }): number | undefined {
  return stream.isTTY === true ? stream.columns || undefined : undefined;
}

/**
 * A text of which no line is wider than `columns`, as far as its words allow: longer ones go on below, indented.
 * Without `columns` it is as it was.
 */
export function fitLines(text: string, columns: number | undefined, indent = 2): string {
  if (columns === undefined) return text;
  const next = " ".repeat(indent);
  return text
    .split("\n")
    .flatMap((line) => (line.length <= columns ? [line] : wrapText(line, columns, "", next)))
    .join("\n");
}
