import type { Context } from "./context.ts";
import type { Shell } from "./shell.ts";

/** The output of a program that is not run, and of a filter that is not understood. */
export function unknownOutput(shell: Shell, context: Context, text: string): undefined {
  context.out.text?.add(`${shell.unknowns.outputOf(text)}\n`, shell.line);
  return undefined;
}
