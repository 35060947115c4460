import type { TextPaint } from "@ngflow/plan";

/** How a terminal shows emphasis. */
export interface Paint extends TextPaint {
  bold(text: string): string;
}

const same = (text: string): string => text;

/** For files and pipes: no colour. */
export const PLAIN: Paint = { bold: same, good: same, bad: same, fresh: same };

/** For terminals: ANSI escape sequences. */
export function ansi(): Paint {
  const sequence = (code: string) => (text: string) => `\u001B[${code}m${text}\u001B[0m`;
  return { bold: sequence("1"), good: sequence("32"), bad: sequence("31"), fresh: sequence("1;36") };
}
