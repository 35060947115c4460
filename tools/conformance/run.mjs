// Runs the cases of a corpus.
import { datagramsOf } from "./corpus.mjs";
import { differencesOf } from "./compare.mjs";
import { collectRows, decodeLines, matchRows } from "./decode.mjs";
import { KNOWN_DIFFERENCES } from "./known.mjs";

/** Why a case is not run; undefined when it is. */
function reasonToSkip({ inputs }) {
  return inputs.some(({ kind }) => kind === "frames") ? "frames are for the metering side" : undefined;
}

/**
 * Runs a case with a fresh decoder and a fresh collector. Returns `id`, and `skipped` (the reason) or `differences`;
 * a difference that is known has its `reason`. An exception is a difference, too.
 * @param DatagramPrinter the class of apps/ngflow
 */
export async function runCase(DatagramPrinter, set, test, known = KNOWN_DIFFERENCES) {
  const { id } = test;
  const skipped = reasonToSkip(test);
  if (skipped !== undefined) return { id, skipped, differences: [] };
  let differences;
  try {
    const datagrams = test.inputs.flatMap((input) => datagramsOf(set.folder, input));
    const decoded = decodeLines(DatagramPrinter, datagrams);
    matchRows(decoded.flows, await collectRows(datagrams));
    differences = differencesOf(test, decoded, set.elements);
  } catch (error) {
    differences = [{ record: "-", field: "-", expected: "no exception", got: error.stack }];
  }
  const reasonOf = ({ field }) => known.find((row) => row.case === id && row.field === field)?.reason;
  return { id, differences: differences.map((each) => ({ ...each, reason: reasonOf(each) })) };
}

/** Rows of the table of known differences whose case was run without that difference: they are out of date. */
export function outdated(results, known = KNOWN_DIFFERENCES) {
  const byId = new Map(results.map((result) => [result.id, result]));
  return known.filter((row) => {
    const result = byId.get(row.case);
    return result !== undefined && !result.differences.some(({ field }) => field === row.field);
  });
}
