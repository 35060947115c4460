/** A line of a script with something to say about it. */
export interface ScriptNote {
  /** Line of the file, from 1. */
  readonly line: number;
  /** What is on the line, shortened. */
  readonly text: string;
  readonly reason: string;
}

/** Characters of a line that a note repeats. */
const MAX_TEXT = 200;
/** Notes of a kind; more than a reader takes in. */
const MAX_NOTES = 200;

/** Notes on the lines of a script, one for each line and reason. */
export class ScriptNotes {
  readonly #notes = new Map<string, ScriptNote>();

  add(line: number, text: string, reason: string): void {
    const key = `${line} ${reason}`;
    if (this.#notes.has(key) || this.#notes.size >= MAX_NOTES) return;
    this.#notes.set(key, { line, text: text.trim().replaceAll(/\s+/g, " ").slice(0, MAX_TEXT), reason });
  }

  /** Adds a note for the first line that it concerns. */
  once(line: number, text: string, reason: string): void {
    if (![...this.#notes.values()].some((note) => note.text === text && note.reason === reason))
      this.add(line, text, reason);
  }

  sorted(): ScriptNote[] {
    return [...this.#notes.values()].sort((a, b) => a.line - b.line);
  }
}
