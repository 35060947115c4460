// npm run conformance -- [DIR]: feeds every case of a corpus of flow-export datagrams to the decoder and the collector,
// and compares what they make of it with what the corpus expects. Options:
//   --only SET/CASE   only cases whose id is this or starts with it; may be repeated
//   --json            one JSON object for each case, and one for the totals
//   --known           also print differences that are known (docs/reference/conformance.md)
// Without DIR: `corpus` in the folder of shared data (tools/shared.mjs). Exit 1 if a case has a difference that is not
// known, or a known one is gone.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { DatagramPrinter } from "../apps/ngflow/dist/decode/datagram-printer.js";
import { readSets } from "./conformance/corpus.mjs";
import { meter } from "./conformance/meter.mjs";
import { printJson, printText, totalOf } from "./conformance/report.mjs";
import { outdated, runCase } from "./conformance/run.mjs";
import { sharedFolder } from "./shared.mjs";

/** Ends with a message. 64: the command line; 66: no such input. */
function fail(status, message) {
  process.stderr.write(`conformance: ${message}\n`);
  process.exit(status);
}

function commandLine() {
  const options = { only: { type: "string", multiple: true }, json: { type: "boolean" }, known: { type: "boolean" } };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length > 1) fail(64, `one directory at most, not ${positionals.length}`);
    return { ...values, named: positionals[0] };
  } catch (error) {
    return fail(64, error.message);
  }
}

const { named, only = [], json = false, known = false } = commandLine();
const directory = resolve(named ?? join(sharedFolder, "corpus"));
if (!existsSync(directory)) {
  if (named !== undefined) fail(66, `${directory}: no such directory; name one that holds cases`);
  process.stdout.write(`skipped: ${directory} is absent\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(0);
}

function readAll() {
  try {
    return readSets(directory);
  } catch (error) {
    return fail(66, error.message);
  }
}

const isWanted = ({ id }) => only.length === 0 || only.some((prefix) => id === prefix || id.startsWith(prefix));
const sets = [];
for (const set of readAll()) {
  const results = [];
  for (const test of set.cases.filter(isWanted)) results.push(await runCase({ DatagramPrinter, meter }, set, test));
  if (results.length > 0) sets.push({ name: set.name, results });
}
if (sets.length === 0) fail(66, `${directory}: no case${only.length > 0 ? ` is named ${only.join(" or ")}` : ""}`);

const gone = outdated(sets.flatMap(({ results }) => results));
if (json) printJson(sets, gone);
else printText(sets, gone, known);
process.exitCode = totalOf(sets).failed + gone.length === 0 ? 0 : 1;
