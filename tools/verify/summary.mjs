/** Adds up the results of steps. */
export function totalOf(results) {
  return {
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed, 0),
    skipped: results.flatMap(({ skipped }) => skipped),
    retried: results.flatMap(({ retried }) => retried),
    failures: results.flatMap(({ failures }) => failures),
  };
}

/**
 * The lines with which a run ends: flaky tests first, then the skipped ones with their reasons, what failed, the
 * counts.
 */
export function closingLines({ passed, failed, skipped, retried, failures }) {
  return [
    ...retried.map((name) => `flaky, passed at the second try: ${name}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason === "" ? "the test gives no reason" : reason}`),
    ...failures.map((name) => `failed: ${name}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}
