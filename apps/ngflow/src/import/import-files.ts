import { createWriteStream, rmSync, statSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { NgflowError } from "@ngflow/base";
import { addImportedNames, IMPORTED_NAMES_FILE } from "@ngflow/names";
import { spoolDirectory } from "@ngflow/store";
import { systemReason } from "../output/system-reason.ts";
import { ImportError } from "./errors.ts";
import { identify } from "./identity.ts";
import { lockImports } from "./import-lock.ts";
import { Journal } from "./journal.ts";
import { kindOf, readSource, type SourceKind } from "./read-source.ts";
import { Stage } from "./stage.ts";

/** What became of a file. */
export interface ImportedFile {
  readonly file: string;
  readonly kind: SourceKind;
  /** `already`: every row was imported before. `stopped`: the same command goes on with it. */
  readonly outcome: "imported" | "already imported" | "stopped" | "damaged";
  /** Flows that are new in the store. */
  readonly flows: number;
  /** Flows of the file that were imported before. */
  readonly flowsBefore: number;
  /** What was left out, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What is wrong with a damaged file. What is before it was imported. */
  readonly error?: string;
}

export interface ImportEvents {
  /** Whether to stop. */
  readonly stopped: () => boolean;
  /** Flows of a file that were read so far. */
  readonly progress: (file: string, flows: number) => void;
  /** So many blocks wait for a store. */
  readonly waiting: (blocks: number) => void;
}

/**
 * Imports files, each by its content once, whatever it is called; `-` is standard input, which is kept in the data
 * directory meanwhile. A file whose import was interrupted, or that has grown since, is continued where it ended.
 *
 * @param name what standard input is called in messages
 * @throws ImportError `import-held`, `import-directory`, `import-no-input`.
 */
export async function* importFiles(
  files: readonly string[],
  data: string,
  name: string | undefined,
  events: ImportEvents,
): AsyncGenerator<ImportedFile> {
  const own = path.join(data, "import");
  const lock = lockImports(own);
  try {
    const journal = new Journal(path.join(own, "journal.ndjson"));
    const stage = new Stage(journal, path.join(own, "blocks"), spoolDirectory(data), events.waiting);
    await stage.start();
    try {
      for (const file of files) {
        if (events.stopped()) return;
        yield await importFile(file, name, own, { journal, stage, events });
      }
    } finally {
      await stage.stop();
    }
  } finally {
    lock.release();
  }
}

interface Deps {
  readonly journal: Journal;
  readonly stage: Stage;
  readonly events: ImportEvents;
}

async function importFile(
  file: string,
  name: string | undefined,
  own: string,
  { journal, stage, events }: Deps,
): Promise<ImportedFile> {
  const isStdin = file === "-";
  const source = isStdin ? path.join(own, "standard-input") : file;
  try {
    if (isStdin) await pipeline(process.stdin, createWriteStream(source, { mode: 0o640 }));
    else if (!statSync(source).isFile()) throw new ImportError("import-no-input", `${file}: not a file`);
    const { id, head, bytes, known } = await identify(source, journal);
    const kind = (known?.kind as SourceKind | undefined) ?? (await kindOf(source));
    const shown = isStdin ? (name ?? "standard input") : file;
    const before = known?.rows ?? 0;
    const base = { file: shown, kind, flowsBefore: before, skipped: {} };
    if (known?.id === id && known.done) return { ...base, outcome: "already imported", flows: 0 };
    stage.begin(before);
    const skipped: Record<string, number> = {};
    const step = (done: boolean): Promise<void> => stage.step({ id, head, bytes, name: shown, kind, done });
    let error: string | undefined;
    try {
      await readSource(kind, source, {
        stage,
        stopped: events.stopped,
        step: () => {
          events.progress(shown, stage.rows);
          return step(false);
        },
        skipped: (reason, count) => (skipped[reason] = (skipped[reason] ?? 0) + count),
        named: (names) => addImportedNames(path.join(own, IMPORTED_NAMES_FILE), names),
      });
    } catch (fault) {
      // A fault of the file, not of this machine: what is before it is whole.
      if ((fault as NgflowError).exit !== 65) throw fault;
      error = (fault as Error).message.replaceAll(source, shown);
    }
    const stopped = events.stopped();
    // A file of another kind is not remembered: a later release may read it.
    if (error === undefined || stage.rows > 0) await step(!stopped);
    const outcome = stopped ? "stopped" : error === undefined ? "imported" : "damaged";
    const flowsBefore = Math.min(before, stage.rows);
    return { ...base, outcome, flowsBefore, flows: stage.newRows, skipped, ...(error !== undefined && { error }) };
  } catch (cause) {
    if (cause instanceof ImportError || (cause as NgflowError).exit !== undefined) throw cause;
    const { code, path: failed } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    if (failed !== source)
      throw new ImportError("import-directory", `import: cannot write ${own}: ${systemReason(cause)}`, { cause });
    throw new ImportError("import-no-input", `${file}: ${systemReason(cause)}`, { cause });
  } finally {
    if (isStdin) rmSync(source, { force: true });
  }
}
