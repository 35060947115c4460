import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createChdbBackend } from "./chdb/backend.ts";
import { type AnswerTable, toFile } from "./clickhouse/answer-file.ts";
import type { FileFormat } from "./clickhouse/sql-client.ts";

/**
 * An answer as a file, for a process that has no store open. It opens the embedded database in a temporary directory. A
 * process with an open store uses `Store.file`.
 */
export async function answerFile(format: FileFormat, answer: AnswerTable): Promise<Uint8Array> {
  const directory = await mkdtemp(path.join(tmpdir(), "ngflow-engine-"));
  try {
    const client = await createChdbBackend(directory).open();
    try {
      return await toFile(client, format, answer);
    } finally {
      await client.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
