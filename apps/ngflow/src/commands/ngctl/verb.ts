import type { VerbDescriptor } from "../descriptor.ts";
import type { Session } from "./session.ts";

/** How a command ended: the exit status is 0 for `ok` and `quit`, 64 for `usage`, 71 for `failed`. */
export type Outcome = "ok" | "usage" | "failed" | "quit";

/** What an argument is, for completion; `path?` is an optional first argument. */
export type WordKind = "path" | "path?" | "relpath" | "type" | "hook" | "peerhook" | "message" | "command" | "file";

/** A command of ngctl: one file, one line in `verbs.ts`. */
export interface Verb extends VerbDescriptor {
  /** Synopsis, as `ngctl: usage: …` prints it. */
  readonly usage: string;
  /** Longer text for `help <command>` and the reference page; may be empty. */
  readonly help: string;
  readonly aliases: readonly string[];
  /** Its arguments in order, for completion. */
  readonly words: readonly WordKind[];
  /**
   * @param args the words after the command word.
   * @throws CommandError, which the shell prints.
   */
  run(session: Session, args: readonly string[]): Promise<Outcome>;
}

/** A command that failed: the text after `ngctl: `. */
export class CommandError extends Error {
  override name = "CommandError";
}
