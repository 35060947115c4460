import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../../shared/golden/freebsd/", import.meta.url));

/** Whether the data observed on FreeBSD is there: it lies beside the checkout and is not part of it. */
export const hasGoldenData = existsSync(`${ROOT}parse.json`);

/** Why tests that need the data are skipped without it. */
export const GOLDEN_ABSENT = "../shared/golden/freebsd is absent";

/** One file of the data, as JSON. */
export function readGolden(file: string): unknown {
  return JSON.parse(readFileSync(`${ROOT}${file}`, "utf8"));
}
