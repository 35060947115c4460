import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportForm } from "../forms.ts";

/** Who has claimed a report for so long has ended. */
const CLAIM_MS = 600_000;

const ENDINGS: Readonly<Record<ReportForm, string>> = { markdown: "md", html: "html", json: "json" };

/**
 * The files of a report in a directory, which several servers may share. A file that is there is complete; an empty
 * file `.NAME.unmailed` next to it says that it has to be mailed, `.NAME.claim` that a server is making it.
 */
export class ReportFiles {
  readonly directory: string;
  readonly #name: string;
  readonly #ending: string;
  readonly #nowMs: () => number;

  constructor(directory: string, name: string, form: ReportForm, nowMs: () => number) {
    this.directory = directory;
    this.#name = name;
    this.#ending = ENDINGS[form];
    this.#nowMs = nowMs;
  }

  /** The name of a period's file. */
  name(label: string): string {
    return `${this.#name}-${label}.${this.#ending}`;
  }

  path(label: string): string {
    return join(this.directory, this.name(label));
  }

  /** The label of the first period that there is a file of. */
  firstLabel(): string | undefined {
    const [head, tail] = [`${this.#name}-`, `.${this.#ending}`];
    const labels = readdirSync(this.directory).flatMap((name) =>
      name.startsWith(head) && name.endsWith(tail) ? [name.slice(head.length, -tail.length)] : [],
    );
    return labels.filter((label) => /^\d{4}-\d\d(?:-\d\d)?$/.test(label)).sort()[0];
  }

  has(label: string): boolean {
    return existsSync(this.path(label));
  }

  /** Whether nothing is left to do. */
  isDone(label: string): boolean {
    return this.has(label) && !existsSync(this.#mark(label, "unmailed"));
  }

  /** Makes a report of a period this server's; false if it is another one's, or done meanwhile. */
  claim(label: string): boolean {
    const claim = this.#mark(label, "claim");
    try {
      closeSync(openSync(claim, "wx", 0o640));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const since = statSync(claim, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && this.#nowMs() - since > CLAIM_MS) rmSync(claim, { force: true });
      return false;
    }
    if (!this.isDone(label)) return true;
    this.release(label);
    return false;
  }

  release(label: string): void {
    rmSync(this.#mark(label, "claim"), { force: true });
  }

  write(label: string, content: string, hasToBeMailed: boolean): void {
    const half = this.#mark(label, "new");
    writeFileSync(half, content, { mode: 0o640 });
    if (hasToBeMailed) writeFileSync(this.#mark(label, "unmailed"), "", { mode: 0o640 });
    renameSync(half, this.path(label));
  }

  mailed(label: string): void {
    rmSync(this.#mark(label, "unmailed"), { force: true });
  }

  #mark(label: string, kind: "claim" | "new" | "unmailed"): string {
    return join(this.directory, `.${this.name(label)}.${kind}`);
  }
}
