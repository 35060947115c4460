import type { forEachChild, parse } from "unbash";

/** The parser of shell scripts, as far as it is used here. */
export interface Syntax {
  readonly parse: typeof parse;
  readonly forEachChild: typeof forEachChild;
}

/** Loads the parser: only scripts for a shell need it. */
export async function loadSyntax(): Promise<Syntax> {
  return import("unbash");
}
