import type { TextPaint } from "./text-paint.ts";

type Style = "plain" | keyof TextPaint;

interface Cell {
  char: string;
  style: Style;
}

/** A page of characters that grows as it is written. */
export class CharGrid {
  readonly #rows: Cell[][] = [];

  write(x: number, y: number, text: string, style: Style): void {
    if (y < 0) return;
    while (this.#rows.length <= y) this.#rows.push([]);
    const row = this.#rows[y]!;
    let at = x;
    for (const char of text) {
      while (row.length < at) row.push({ char: " ", style: "plain" });
      row[at++] = { char, style };
    }
  }

  /** A horizontal stroke from one column to another, both included; verticals that it meets are crossed. */
  line(from: number, to: number, y: number, char: string, style: Style): void {
    for (let x = from; x <= to; x++) this.cross(x, y, char, style);
  }

  /** A stroke through one cell. */
  cross(x: number, y: number, char: string, style: Style): void {
    const there = this.#rows[y]?.[x]?.char ?? " ";
    const crossing = there !== " " && there !== char && "─═│║".includes(there);
    this.write(x, y, crossing ? "┼" : char, style);
  }

  /** Columns of the longest row. */
  width(): number {
    return Math.max(0, ...this.#rows.map(({ length }) => length));
  }

  lines(paint: TextPaint): string[] {
    return this.#rows.map((row) => {
      let text = "";
      for (let i = 0; i < row.length;) {
        const { style } = row[i]!;
        let run = "";
        while (i < row.length && row[i]!.style === style) run += row[i++]!.char;
        text += style === "plain" ? run : paint[style](run);
      }
      return text.trimEnd();
    });
  }
}
