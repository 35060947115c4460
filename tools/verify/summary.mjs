/** Adds up the results of steps. */
export function totalOf(results) {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
    skipped: results.flatMap(({ skipped }) => skipped),
    retried: results.flatMap(({ retried }) => retried),
    failures: results.flatMap(({ failures }) => failures),
    files: results.flatMap(({ files = [] }) => files),
  };
}

/** Files of tests that are named at the end: those that took longest. */
const SLOWEST = 15;

/**
 * The lines with which a run ends: the slowest files of tests, flaky tests, the skipped ones with their reasons, what
 * failed, the counts.
 */
export function closingLines({ passed, failed, skipped, retried, failures, files }) {
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
  return [
    ...slowest.map(({ name, ms }) => `slow: ${(ms / 1000).toFixed(0).padStart(4)} s  ${name}`),
    ...retried.map((name) => `flaky, passed at the second try: ${name}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason === "" ? "the test gives no reason" : reason}`),
    ...failures.map((name) => `failed: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}
