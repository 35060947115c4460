import { createHash } from "node:crypto";
import path from "node:path";
import { formatIp, isMappedIpv4, parseIp } from "@ngflow/base";
import type { CryptoPan } from "@ngflow/collector";
import type { Anonymisation, AnonymousCopyReport } from "@ngflow/store";
import { elementByName } from "@ngflow/wire";
import { storeDatabase } from "../../options/database-options.ts";
import { readKeyFile } from "../../options/key-file.ts";
import { dataDirectory } from "../../options/paths.ts";
import { printText } from "../../output/print-text.ts";
import { writeOut } from "../../output/write.ts";
import { lockStore } from "../../store/lock-store.ts";
import { VerbError } from "./errors.ts";
import { type CopyOptions, interruptedLine } from "./copy-options.ts";
import { giveToOwner } from "./give-to-owner.ts";
import { enterDataDirectory } from "./stored-flows.ts";

/** Copies what is stored into another data directory, with other addresses. */
export async function copyAnonymisedTo(to: string, keyFile: string, options: CopyOptions): Promise<void> {
  if (/^[a-z+]+:/.test(to))
    throw new VerbError(
      "copy-options",
      `${to}: an anonymised copy goes into a directory; "ngflow store copy ${to} --data DIRECTORY" moves it then`,
    );
  const data = dataDirectory(options.data);
  const key = readKeyFile("--anonymise ", keyFile);
  const target = path.resolve(to);
  giveToOwner(target, data);
  await enterDataDirectory(data, { reads: [keyFile], writes: [target] });
  const [{ copyAnonymised }, { CryptoPan, safetyOf }] = await Promise.all([
    import("@ngflow/store"),
    import("@ngflow/collector"),
  ]);
  const { password } = storeDatabase(options);
  const how = {
    ...anonymisation(new CryptoPan(key), safetyOf),
    keepExporters: options.keepExporters === true,
    key: createHash("sha256").update("ngflow copy").update(key).digest("hex"),
  };
  const line = interruptedLine();
  const progress = (done: number, total: number): void => line.show(`${done} of ${total} rows`);
  let report: AnonymousCopyReport;
  try {
    report = await copyAnonymised({ directory: data, ...(password && { password }) }, target, how, {
      lock: lockStore,
      progress,
    });
  } finally {
    line.end();
  }
  await (options.json === true
    ? writeOut(`${JSON.stringify(report)}\n`)
    : printText(process.stdout, reportText(report, how.keepExporters)));
}

/** Addresses as Crypto-PAn changes them, and fields without a column by the types of their elements. */
function anonymisation(
  pan: CryptoPan,
  safetyOf: (typeof import("@ngflow/collector"))["safetyOf"],
): Omit<Anonymisation, "keepExporters"> {
  const ip = (bytes: Uint8Array, offset: number): void => {
    if (isMappedIpv4(bytes, offset)) pan.ipv4(bytes, offset + 12);
    else pan.ipv6(bytes, offset);
  };
  return {
    ip,
    field(name, text) {
      const element = elementByName(name);
      const safety = element === undefined ? "left-out" : safetyOf(element);
      if (safety === "kept") return text;
      const bytes = safety === "address" ? parseIp(text) : undefined;
      if (bytes === undefined) return null;
      ip(bytes, 0);
      return formatIp(bytes);
    },
  };
}

function reportText(report: AnonymousCopyReport, keepsExporters: boolean): string {
  const { to, tiers, daysCopied, daysKept, fieldsLeftOut, columnsEmptied } = report;
  const rows = tiers.map(({ name, rows: count }) => `  ${name.padEnd(8)} ${count} rows\n`).join("");
  const kept = daysKept === 0 ? "" : `; ${daysKept} were there already`;
  return [
    `${rows}${daysCopied} days of tables copied and compared${kept}`,
    `addresses   changed, prefixes in common stay${keepsExporters ? "; those of exporters are as they were" : ""}`,
    `empty       ${columnsEmptied.join(", ")}`,
    `left out    ${fieldsLeftOut} values of fields without a column: texts, and what has no known type`,
    "not copied  names, templates, alerts, saved views, reports",
    `copy        ${to}`,
    "",
  ].join("\n");
}
