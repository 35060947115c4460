import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";

/** What is known of a source: a file by its content, whatever its name. */
export interface Imported {
  /** SHA-256 of the whole content. */
  readonly id: string;
  /** SHA-256 of its first bytes, to find an earlier part of a file that has grown. */
  readonly head: string;
  readonly bytes: number;
  /** Name of the file, for people. */
  readonly name: string;
  readonly kind: string;
  /** Rows that are in the spool or the store. */
  readonly rows: number;
  /** Whether the source was read to its end. */
  readonly done: boolean;
  /** Unix milliseconds. */
  readonly atMs: number;
}

interface Line extends Imported {
  /** Block files that go from staging to the spool with this line. */
  readonly blocks: readonly string[];
}

/**
 * Which sources were imported, and how far: a line for each step. A step counts when its line is on the disk; only then
 * its blocks leave the staging directory. After a crash the last line says which blocks still have to, so no row is
 * imported twice and none is lost.
 */
export class Journal {
  readonly #file: string;
  readonly #sources = new Map<string, Imported>();
  readonly #byHead = new Map<string, Imported[]>();
  #last: Line | undefined;

  /** @throws the system's error. */
  constructor(file: string) {
    this.#file = file;
    if (!existsSync(file)) return;
    const text = readFileSync(file, "utf8");
    const end = text.lastIndexOf("\n") + 1;
    // The rest of a line that a crash cut short: its step did not happen.
    if (end < text.length) truncateSync(file, Buffer.byteLength(text.slice(0, end)));
    for (const line of text.slice(0, end).split("\n")) {
      const entry = parsed(line);
      if (entry !== undefined) this.#remember(entry);
    }
  }

  /** The source with this content; undefined if it is new. */
  get(id: string): Imported | undefined {
    return this.#sources.get(id);
  }

  /** Sources that began in the same way. */
  beginningWith(head: string): readonly Imported[] {
    return this.#byHead.get(head) ?? [];
  }

  /** Blocks that belong to the last step. */
  get lastBlocks(): readonly string[] {
    return this.#last?.blocks ?? [];
  }

  /** Makes a step durable. @throws the system's error. */
  step(entry: Imported, blocks: readonly string[]): void {
    const line: Line = { ...entry, blocks };
    const fd = openSync(this.#file, "a", 0o640);
    try {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    this.#remember(line);
  }

  #remember(line: Line): void {
    const before = this.#sources.get(line.id);
    this.#sources.set(line.id, line);
    const others = (this.#byHead.get(line.head) ?? []).filter((other) => other !== before);
    this.#byHead.set(line.head, [...others, line]);
    this.#last = line;
  }
}

function parsed(line: string): Line | undefined {
  try {
    const entry = JSON.parse(line) as Partial<Line> | null;
    return typeof entry?.id === "string" && Array.isArray(entry.blocks) ? (entry as Line) : undefined;
  } catch {
    return undefined;
  }
}
