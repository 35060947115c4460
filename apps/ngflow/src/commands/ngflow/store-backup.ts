import { rmSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { EXIT } from "@ngflow/base";
import type { BackupReport, Progress } from "@ngflow/store";
import { prepareUser } from "../../daemon/change-user.ts";
import { confineDaemon } from "../../daemon/privileges.ts";
import { withoutImports } from "../../import/import-lock.ts";
import { type SharedConfig } from "../../options/config-file.ts";
import { dataDirectory } from "../../options/paths.ts";
import { sizeText } from "../../options/store-options.ts";
import { printSentences, printText } from "../../output/print-text.ts";
import { writeOut } from "../../output/write.ts";
import { findingsText } from "../../store/render.ts";
import { progressLine } from "./progress-line.ts";
import { actionResult } from "./store-action.ts";
import { giveToOwner } from "./give-to-owner.ts";
import { enterDataDirectory } from "./stored-flows.ts";

interface Options extends SharedConfig {
  readonly json?: boolean;
}

/**
 * Makes a backup of a data directory. A daemon that has it open makes the snapshot, of hard links; this process copies
 * it, so that a slow disk holds up nobody.
 */
export async function backupStore(to: string, options: Options): Promise<void> {
  const data = dataDirectory(options.data);
  const directory = path.resolve(to);
  giveToOwner(directory, data);
  await enterDataDirectory(data, { writes: [directory] });
  const { copySnapshot, prepareBackup } = await import("@ngflow/store");
  await prepareBackup(directory);
  // The list of what was imported has to be that of the same moment.
  const snapshot = await withoutImports(data, () => actionResult(data, "snapshot", () => undefined));
  // Its links keep files that the store drops meanwhile.
  const remove = (): void => rmSync(snapshot, { recursive: true, force: true });
  const interrupted = (signal: NodeJS.Signals): void => {
    remove();
    printText(process.stderr, `\nngflow: interrupted; the same command continues the backup\n`);
    process.exit(128 + constants.signals[signal]);
  };
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
  const report = await withProgress((progress) => copySnapshot(snapshot, directory, progress)).finally(remove);
  if (options.json === true) {
    await writeOut(`${JSON.stringify(report)}\n`);
    return;
  }
  const kept = report.filesKept === 0 ? "" : `; ${report.filesKept} files were there already`;
  printSentences(process.stdout, `${reportText(report)}${kept}\n`);
}

/** Restores a backup into a data directory. */
export async function restoreInto(from: string, options: Options): Promise<void> {
  const data = dataDirectory(options.data);
  // Root would leave files of its own in the directory, which the daemons could not use.
  const change = await prepareUser(undefined, { dataDirectory: data });
  if (change !== undefined) confineDaemon({ ports: [], writes: [data], reads: [from], reaches: [] }, { change });
  const { restoreStore } = await import("@ngflow/store");
  const report = await withProgress((progress) => restoreStore(path.resolve(from), data, progress));
  if (options.json === true) await writeOut(`${JSON.stringify(report)}\n`);
  else printSentences(process.stdout, `${reportText(report)}\n${findingsText(report)}`);
  if (report.missing.length + report.damaged.length > 0) process.exitCode = EXIT.failed;
}

async function withProgress<T>(run: (progress: Progress) => Promise<T>): Promise<T> {
  const line = progressLine();
  try {
    return await run((done, total) => line.show(`${sizeText(done)} of ${sizeText(total)} copied`));
  } finally {
    line.end();
  }
}

function reportText({ directory, time, files, bytes, rows, rowsWaiting }: BackupReport): string {
  const flows = rows["flows"] ?? 0;
  const waiting = rowsWaiting === 0 ? "" : `, ${rowsWaiting} that wait for the store`;
  return `${directory}: ${flows} flows${waiting}, as of ${time}; ${files} files, ${sizeText(bytes)}`;
}
