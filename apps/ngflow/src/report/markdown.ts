import type { Report } from "./report.ts";
import { headTexts, textTables, type TextTable } from "./texts.ts";

/** Text that Markdown shows as it is. */
const plain = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#]/g, String.raw`\$&`).replaceAll(/\s+/g, " ");

function table({ title, head, words, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(" | ")} |`;
  const rule = head.map((_, i) => (i < words ? "---" : "---:"));
  return [`## ${title}`, "", line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** A report as Markdown. */
export function reportMarkdown(report: Report): string {
  const parts = ["# Traffic", ...headTexts(report).map(plain), ...textTables(report).map(table)];
  return `${parts.join("\n\n")}\n`;
}
