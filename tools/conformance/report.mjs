// Prints the results of a corpus.

/** Differences of one case that are printed; the rest is counted. */
const SHOWN = 12;
/** Characters of a value that are printed. */
const WIDTH = 160;

const unknownOf = ({ differences }) => differences.filter(({ reason }) => reason === undefined);
const isFailed = (result) => unknownOf(result).length > 0;

/** Numbers of cases of one set, and of the known differences in them. */
function numbersOf(results) {
  const skipped = results.filter((result) => result.skipped !== undefined).length;
  const failed = results.filter(isFailed).length;
  const known = results.reduce((sum, { differences }) => sum + differences.filter(({ reason }) => reason).length, 0);
  return { cases: results.length, passed: results.length - failed - skipped, failed, skipped, known };
}

/** Numbers of cases over all sets. */
export function totalOf(sets) {
  return numbersOf(sets.flatMap(({ results }) => results));
}

function value(any) {
  const text = any === undefined ? "nothing" : JSON.stringify(any);
  return text.length > WIDTH ? `${text.slice(0, WIDTH)}…` : text;
}

const print = (line) => process.stdout.write(`${line}\n`);

function printDifferences({ id, differences }) {
  for (const { record, field, expected, got, reason } of differences.slice(0, SHOWN)) {
    const note = reason === undefined ? "" : ` (known: ${reason})`;
    print(`${id}  ${record}  ${field}: expected ${value(expected)}, got ${value(got)}${note}`);
  }
  if (differences.length > SHOWN) print(`${id}  and ${differences.length - SHOWN} more differences`);
}

/** Prints differences, skipped cases, a table of the sets, and the totals. */
export function printText(sets, gone, withKnown) {
  for (const { results } of sets) {
    for (const result of results) {
      if (result.skipped !== undefined) print(`${result.id}  skipped: ${result.skipped}`);
      else printDifferences(withKnown ? result : { id: result.id, differences: unknownOf(result) });
    }
  }
  for (const row of gone) print(`${row.case}  ${row.field}: a known difference that is gone; take it from the table`);
  const columns = ["cases", "passed", "failed", "skipped", "known"];
  const width = Math.max(3, ...sets.map(({ name }) => name.length));
  print(`${"set".padEnd(width)}  ${columns.map((name) => name.padStart(7)).join("  ")}`);
  for (const { name, results } of sets) {
    const numbers = numbersOf(results);
    print(`${name.padEnd(width)}  ${columns.map((column) => String(numbers[column]).padStart(7)).join("  ")}`);
  }
  const { passed, failed, skipped } = totalOf(sets);
  print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}

/** Prints the same as lines of JSON. */
export function printJson(sets, gone) {
  for (const { name, results } of sets) {
    for (const { id, skipped, differences } of results) {
      const passed = skipped === undefined && !isFailed({ differences });
      const rows = differences.map(({ got, ...rest }) => ({ ...rest, got: got ?? null }));
      print(JSON.stringify({ set: name, case: id, passed, ...(skipped && { skipped }), differences: rows }));
    }
  }
  print(JSON.stringify({ ...totalOf(sets), gone }));
}
