import { MAX_TEXT, ShellLimit } from "./limits.ts";

/** A line of a text that a script passes on, and the line of the script that it comes from. */
export interface TextLine {
  readonly text: string;
  /** Line of the script, from 1. */
  readonly line: number;
}

/** What commands have written, in order: to a pipe, a file, or the shell that substitutes it. */
export class ShellText {
  readonly #parts: TextLine[] = [];
  #length = 0;

  /**
   * Adds what a command has written.
   * @param line of the script where the text begins.
   * @param spread whether each line of the text is on a line of its own in the script, as in a here-document.
   */
  add(text: string, line: number, spread = false): void {
    if (text === "") return;
    this.#length += text.length;
    if (this.#length > MAX_TEXT) throw new ShellLimit(`a text of more than ${MAX_TEXT} characters`);
    for (const [i, each] of text.split(/(?<=\n)/).entries())
      this.#parts.push({ text: each, line: spread ? line + i : line });
  }

  /** Characters of it. */
  get length(): number {
    return this.#length;
  }

  addLines(lines: readonly TextLine[]): void {
    for (const { text, line } of lines) this.add(`${text}\n`, line);
  }

  /** The lines without their ends. */
  lines(): TextLine[] {
    const lines: TextLine[] = [];
    let open: TextLine | undefined;
    for (const part of this.#parts) {
      open = open === undefined ? part : { text: open.text + part.text, line: open.line };
      if (!open.text.endsWith("\n")) continue;
      lines.push({ text: open.text.slice(0, -1), line: open.line });
      open = undefined;
    }
    return open === undefined ? lines : [...lines, open];
  }

  toString(): string {
    return this.#parts.map(({ text }) => text).join("");
  }
}

/** What a command reads from its standard input, line by line. */
export class ShellInput {
  readonly #lines: readonly TextLine[];
  #next = 0;

  constructor(lines: readonly TextLine[]) {
    this.#lines = lines;
  }

  /** The next line; undefined at the end. */
  line(): TextLine | undefined {
    return this.#lines[this.#next++];
  }

  /** All lines that are left. */
  rest(): readonly TextLine[] {
    const rest = this.#lines.slice(this.#next);
    this.#next = this.#lines.length;
    return rest;
  }
}
