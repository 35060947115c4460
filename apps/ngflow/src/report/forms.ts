import { reportHtml } from "./html.ts";
import { reportMarkdown } from "./markdown.ts";
import type { Report } from "./report.ts";

/** Every form of a report: a row each. */
export const REPORT_FORMS = {
  markdown: reportMarkdown,
  html: reportHtml,
  json: (report: Report) => `${JSON.stringify(report)}\n`,
} as const;

export type ReportForm = keyof typeof REPORT_FORMS;
