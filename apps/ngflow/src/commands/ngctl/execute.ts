import { NgError } from "@ngflow/graph";
import { findVerb } from "./find-verb.ts";
import type { NgctlSession, Outcome } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/** Words taken from a line; what follows is ignored. */
const MAX_WORDS = 511;

/** A line's words: blanks separate, nothing quotes (reference: netgraph.md §8.3). */
export function splitWords(line: string): string[] {
  return line
    .split(/[ \t\r\n\v\f]+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS);
}

/** Runs one command and prints its error. */
export async function execute(session: NgctlSession, words: readonly string[]): Promise<Outcome> {
  const [word, ...args] = words;
  if (word === undefined || word === "") return "ok";
  try {
    const verb = findVerb(session.verbs, word);
    const outcome = await verb.run(session, args);
    if (outcome === "usage") session.warn(`usage: ${verb.usage}`);
    return outcome;
  } catch (error) {
    if (error instanceof CommandError) session.warn(error.message);
    else if (error instanceof NgError) session.warn(`recv msg: ${error.message}`);
    else throw error;
    return "failed";
  }
}

/**
 * Runs a file's lines up to the first that does not succeed, and prints its number. `quit` also counts as one
 * (reference: netgraph.md §8.6). Numbers count every line, including comments and blank lines.
 */
export async function executeScript(
  session: NgctlSession,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<Outcome> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.startsWith("#")) continue;
    const outcome = await execute(session, splitWords(line));
    if (outcome !== "ok") {
      session.warn(`line ${number}: error in file`);
      return outcome;
    }
  }
  return "ok";
}
