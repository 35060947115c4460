/** Work that a script may take: commands, and texts by their length. It could go on without end. */
const MAX_WORK = 50_000;
/** Characters that are handled for one unit of work. */
const TEXT_WORK = 1024;
/** Most characters of one word, value or output: a loop can double one without end. */
export const MAX_TEXT = 4 * 1024 * 1024;
/** Most steps of one match of a pattern. */
export const MAX_STEPS = 2_000_000;
/** Most words of one command, and of what braces make of a word. */
const MAX_WORDS = 100_000;

/** Ends the script as a whole, also from inside of a subshell: it needs more than is given to a script. */
export class ShellLimit extends Error {
  /** @param message what there is too much of, as the end of a sentence about a line. */
  constructor(message: string) {
    super(message);
    this.name = "ShellLimit";
  }
}

/** Counts what a script takes. */
export class ShellWork {
  #done = 0;

  /** Takes units of work. @throws ShellLimit when the script has used up its own. */
  take(units: number): void {
    this.#done += units;
    if (this.#done > MAX_WORK) throw new ShellLimit("the script runs too long to be followed");
  }

  /** Takes the work of a text. @throws ShellLimit also for one that is too long. */
  text(length: number): void {
    if (length > MAX_TEXT) throw new ShellLimit(`a text of more than ${MAX_TEXT} characters`);
    this.take(length / TEXT_WORK);
  }

  /** Takes the work of words. @throws ShellLimit also for too many of them. */
  words(count: number): void {
    if (count > MAX_WORDS) throw new ShellLimit(`a line of more than ${MAX_WORDS} words`);
    this.take(count / 100);
  }
}
