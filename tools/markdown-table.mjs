/** Text for a cell of a table. */
export const cell = (text) => text.replaceAll("|", "\\|");

/** The lines of a Markdown table, as the formatter leaves them: columns are as wide as their widest cell. */
export function markdownTable(head, rows) {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((text, i) => text.padEnd(widths[i])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""];
}
