// Runs the cases of a corpus.
import { join } from "node:path";
import { datagramsOf } from "./corpus.mjs";
import { differencesOf } from "./compare.mjs";
import { collectRows, decodeLines, matchRows } from "./decode.mjs";
import { frameDifferences, isPartial } from "./frames.mjs";
import { KNOWN_DIFFERENCES } from "./known.mjs";

const isFrames = ({ kind }) => kind === "frames";

/** Feeds the datagrams of a case to a fresh decoder and a fresh collector. */
async function runDatagrams({ DatagramPrinter }, { folder, elements }, test) {
  const datagrams = test.inputs.flatMap((input) => datagramsOf(folder, input));
  const decoded = decodeLines(DatagramPrinter, datagrams);
  matchRows(decoded.flows, await collectRows(datagrams));
  return { differences: differencesOf(test, decoded, elements) };
}

/** Meters the frames of a case. One of which only the totals can be compared, and agree, counts as skipped. */
function runFrames({ DatagramPrinter, meter }, { folder }, test) {
  const datagrams = test.inputs.flatMap(({ file }) => meter(join(folder, file)));
  const flows = decodeLines(DatagramPrinter, datagrams).flows.map(({ fields }) => fields);
  const differences = frameDifferences(test, flows);
  const skipped = isPartial(test.expect) && differences.length === 0;
  return { differences, ...(skipped && { skipped: "packets and octets agree; not all flows are stated" }) };
}

/**
 * Runs a case. Returns `id`, `differences`, and `skipped` (the reason) where it says too little; a difference that is
 * known has its `reason`. An exception is a difference, too.
 * @param product `DatagramPrinter`, the class of apps/ngflow, and `meter`, which makes datagrams of a capture file
 */
export async function runCase(product, set, test, known = KNOWN_DIFFERENCES) {
  const { id, settings } = test;
  // A switch of the collector, such as the decapsulation of tunnels.
  if (settings !== undefined) return { id, skipped: `needs settings: ${JSON.stringify(settings)}`, differences: [] };
  let result;
  try {
    result = await (test.inputs.some(isFrames) ? runFrames : runDatagrams)(product, set, test);
  } catch (error) {
    result = { differences: [{ record: "-", field: "-", expected: "no exception", got: error.stack }] };
  }
  const reasonOf = ({ field, got = null }) =>
    known.find((row) => row.case === id && row.field === field && row.got === got)?.reason;
  return { id, ...result, differences: result.differences.map((each) => ({ ...each, reason: reasonOf(each) })) };
}

/** Rows of the table of known differences whose case was run without that difference: they are out of date. */
export function outdated(results, known = KNOWN_DIFFERENCES) {
  const byId = new Map(results.map((result) => [result.id, result]));
  return known.filter((row) => {
    const result = byId.get(row.case);
    return (
      result !== undefined &&
      !result.differences.some(({ field, got = null }) => field === row.field && got === row.got)
    );
  });
}
