import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of the data observed on FreeBSD. */
export const GOLDEN_FOLDER = fileURLToPath(new URL("../../../../tests/golden/freebsd/", import.meta.url));

/** One file of the data, as JSON. */
export function readGolden(file: string): unknown {
  return JSON.parse(readFileSync(`${GOLDEN_FOLDER}${file}`, "utf8"));
}
