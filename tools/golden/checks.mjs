// The rows of parse.json and the steps of graph.json, each checked separately.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { graphChecks, parseChecks } from "@ngflow/nodes/testing";

/**
 * Checks in the order in which they have to be made, by the file they come from; files that are absent are left out.
 */
export function checkLists(directory) {
  const lists = { "parse.json": parseChecks, "graph.json": (cases) => cases.flatMap(graphChecks) };
  return Object.entries(lists)
    .filter(([file]) => existsSync(join(directory, file)))
    .map(([file, checksOf]) => ({ file, checks: checksOf(JSON.parse(readFileSync(join(directory, file), "utf8"))) }));
}

/** Makes one check. Returns lines with the expected and the actual result; none if it passes. */
export function differencesOf({ expected, got }) {
  let outcome;
  try {
    outcome = got();
  } catch (error) {
    return [`expected ${JSON.stringify(expected)}`, `got      ${error.stack}`];
  }
  if (isDeepStrictEqual(outcome, expected)) return [];
  return [`expected ${JSON.stringify(expected)}`, `got      ${JSON.stringify(outcome)}`];
}
