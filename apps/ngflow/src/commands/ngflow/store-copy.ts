import { join } from "node:path";
import type { CopyReport } from "@ngflow/store";
import { type CopyOptions, interruptedLine } from "./copy-options.ts";
import { VerbError } from "./errors.ts";
import { databaseFiles, storeDatabase } from "../../options/database-options.ts";
import { dataDirectory } from "../../options/paths.ts";
import { printText } from "../../output/print-text.ts";
import { writeOut } from "../../output/write.ts";
import { lockStore } from "../../store/lock-store.ts";
import { enterDataDirectory } from "./stored-flows.ts";

/** Copies what is stored into another database, which becomes the store of the data directory. */
export async function copyStoreTo(to: string, options: CopyOptions): Promise<void> {
  if (options.keepExporters === true)
    throw new VerbError("copy-options", "--keep-exporters: only a copy with --anonymise changes addresses");
  const data = dataDirectory(options.data);
  await enterDataDirectory(data, { reads: databaseFiles(options).filter((file) => file !== undefined) });
  const { moveStore } = await import("@ngflow/store");
  const line = interruptedLine();
  // The database of the options is the target; where the flows are now is kept in the data directory.
  const { url = to, password, passwordFile, caFile, allowOld } = storeDatabase({ ...options, store: to });
  const login = { ...(password && { password }), ...(passwordFile && { passwordFile }), ...(caFile && { caFile }) };
  const progress = (done: number, total: number): void => line.show(`${done} of ${total} rows`);
  let report: CopyReport;
  try {
    report = await moveStore(
      { directory: data, ...(password && { password }) },
      { url, ...login, ...(allowOld && { allowOld }) },
      { lock: lockStore, progress },
    );
  } finally {
    line.end();
  }
  await (options.json === true
    ? writeOut(`${JSON.stringify(report)}\n`)
    : printText(process.stdout, reportText(report, data)));
}

function reportText({ to, tiers, daysCopied, daysKept }: CopyReport, data: string): string {
  const rows = tiers.map(({ name, rows }) => `  ${name.padEnd(8)} ${rows} rows\n`).join("");
  const kept = daysKept === 0 ? "" : `; ${daysKept} were there already`;
  const left = to.startsWith("chdb:")
    ? ""
    : `\n${join(data, "store")} stays as it was; remove it when you no longer need it`;
  return `${rows}${daysCopied} days of tables copied and compared${kept}\nstore: ${to} from now on${left}\n`;
}
