import type { TextPaint } from "@ngflow/plan";

/** Emphasis in a text report. */
export interface Paint extends TextPaint {
  bold(text: string): string;
}

const same = (text: string): string => text;

/** No colour, for files and pipes. */
export const PLAIN: Paint = { bold: same, good: same, bad: same, fresh: same };

/** ANSI escape sequences, for terminals. */
export function ansi(): Paint {
  const sequence = (code: string) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
  return { bold: sequence("1"), good: sequence("32"), bad: sequence("31"), fresh: sequence("1;36") };
}
