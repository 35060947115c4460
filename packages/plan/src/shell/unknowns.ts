const OPEN = "\uE000";
const CLOSE = "\uE001";
const MARKS = /\uE000(\d+)\uE001/g;
/** Characters of a command that stands for its own output in a report. */
const MAX_SHOWN = 60;

/**
 * Values that only the machine of the script knows: parameters without a value, the output of other programs. Each is a
 * mark in a text, one word to the shell, so that texts with such values can be joined, split and passed on.
 */
export class Unknowns {
  readonly #names: string[] = [];
  readonly #marks = new Map<string, string>();

  /** The mark of a variable (`IF`), an argument (`1`), or of a command's output (`$(ifconfig em0)`). */
  of(name: string): string {
    const known = this.#marks.get(name);
    if (known !== undefined) return known;
    const mark = `${OPEN}${this.#names.length}${CLOSE}`;
    this.#names.push(name);
    this.#marks.set(name, mark);
    return mark;
  }

  /** The mark of what a command prints. @param command as it is written. */
  outputOf(command: string): string {
    const words = command.trim().replaceAll(/\s+/g, " ");
    return this.of(`$(${words.length > MAX_SHOWN ? `${words.slice(0, MAX_SHOWN)}…` : words})`);
  }

  /** Names of the values in a text, each once. */
  in(text: string): string[] {
    return [...new Set(Array.from(text.matchAll(MARKS), ([, index]) => this.#names[Number(index)]!))];
  }

  /** Whether a text is one such value and nothing else. */
  isOne(text: string): boolean {
    return /^\uE000\d+\uE001$/.test(text);
  }

  /** A text with every value as a script would write it: `$IF`, `$1`, `$(ifconfig em0)`. */
  shown(text: string): string {
    return text.replaceAll(MARKS, (_mark, index: string) => {
      const name = this.#names[Number(index)]!;
      return name.startsWith("$") ? name : `$${name}`;
    });
  }
}

/** Whether a text has a value that is not known. */
export function isUnknown(text: string): boolean {
  return text.includes(OPEN);
}

/** Whether a value is what a program prints, so that it has no name to set it by. */
export function isOutput(name: string): boolean {
  return name.startsWith("$(");
}

/** A script's text without the characters that marks are made of. */
export function withoutMarks(text: string): string {
  return text.replaceAll(/[\uE000\uE001]/g, "\uFFFD");
}
