import { E } from "@ngflow/base";
import { NgError } from "@ngflow/graph";
import { findVerb } from "./find-verb.ts";
import type { NgctlSession, Outcome } from "./verb.ts";
import { CommandError, type FailureFacts } from "./command-error.ts";

/** Words taken from a line; what follows is ignored. */
const MAX_WORDS = 511;
/** Most characters of a line that are repeated in a message. */
const MAX_SHOWN = 120;
/** The prompt, which is often pasted along with the command after it. */
const PROMPT = /^\+[ \t]+/;

/**
 * A line's words: blanks separate, nothing quotes (reference: netgraph.md §8.3). A prompt that was pasted with the line
 * is not part of it.
 */
export function splitWords(line: string): string[] {
  return line
    .replace(PROMPT, "")
    .split(/[ \t\r\n\v\f]+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS);
}

/** How a command ended, and why it failed. */
interface Attempt extends FailureFacts {
  readonly outcome: Outcome;
}

/** Runs one command and prints its error, in FreeBSD's words. */
async function attempt(session: NgctlSession, words: readonly string[]): Promise<Attempt> {
  const [word, ...args] = words;
  if (word === undefined || word === "") return { outcome: "ok" };
  try {
    const verb = findVerb(session.verbs, word);
    const outcome = await verb.run(session, args);
    if (outcome === "usage") session.warn(`usage: ${verb.usage}`);
    return { outcome };
  } catch (error) {
    if (error instanceof CommandError) {
      session.warn(error.message);
      const { errno, advice = await session.reason(words, errno) } = error.facts;
      return { outcome: "failed", ...(errno !== undefined && { errno }), ...(advice !== undefined && { advice }) };
    }
    if (!(error instanceof NgError)) throw error;
    session.warn(`recv msg: ${error.message}`);
    return { outcome: "failed" };
  }
}

/** Runs one command and prints its error: FreeBSD's line, and one of ngflow's where there is more to say. */
export async function execute(session: NgctlSession, words: readonly string[]): Promise<Outcome> {
  const { outcome, advice } = await attempt(session, words);
  if (advice !== undefined) session.remark(advice);
  return outcome;
}

/**
 * Runs a file's lines up to the first that does not succeed, and prints its number. `quit` also counts as one
 * (reference: netgraph.md §8.6). Numbers count every line, including comments and blank lines. A
 * connection that is being made does not end the file: it was not refused.
 */
export async function executeScript(
  session: NgctlSession,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<Outcome> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.startsWith("#")) continue;
    const words = splitWords(line);
    const { outcome, errno, advice } = await attempt(session, words);
    if (outcome === "ok") continue;
    const where = `line ${number}, "${brief(words.join(" "))}"`;
    if (errno === E.EINPROGRESS) {
      session.remark(`${where}: the connection is being made; the next line is run meanwhile`);
      continue;
    }
    session.warn(`line ${number}: error in file`);
    if (advice !== undefined) session.remark(`${where}: ${advice}`);
    else if (outcome !== "quit" && !isReading(session, words))
      session.remark(`${where} failed; the lines after it were not run`);
    return outcome;
  }
  return "ok";
}

/** Whether a line reads another file, which has printed its own line already. */
function isReading(session: NgctlSession, [word]: readonly string[]): boolean {
  return word !== undefined && findVerb(session.verbs, word).name === "read";
}

function brief(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
