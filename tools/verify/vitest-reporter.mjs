import { writeFileSync } from "node:fs";

/** What a line of standard output begins with that is meant for `npm run verify`; JSON follows. */
export const SAYS = "ngflow-verify: ";

/** The reason in a name such as `replays everything (skipped: the corpus is absent)` or `bridge: not written yet`. */
function reasonInName(name) {
  return /\(skipped: ([^)]*)\)/.exec(name)?.[1] ?? /: ([^:>]*)$/.exec(name)?.[1] ?? "";
}

/** Enough to know what was wrong, or the seed of a property. */
function firstLine(message = "") {
  return message.split("\n", 1)[0].slice(0, 300);
}

/** What became of the tests of one file, and of what is around them. */
function resultOf(module) {
  const result = { passed: 0, failed: 0, skipped: [], retried: [], failures: [] };
  const fail = (name) => {
    result.failed += 1;
    result.failures.push(name);
  };
  // A file that could not even be collected holds no tests, but it has failed all the same.
  if (module.errors().length > 0) fail(module.relativeModuleId);
  for (const each of module.children.allTests()) {
    const { state, note, errors } = each.result();
    const name = `${module.relativeModuleId}: ${each.fullName}`;
    if (each.diagnostic()?.flaky) result.retried.push(`${name}: ${firstLine(errors?.[0]?.message)}`);
    if (state === "passed") result.passed += 1;
    else if (state === "skipped") result.skipped.push({ name, reason: note ?? reasonInName(each.fullName) });
    else fail(`${name}: ${firstLine(errors?.[0]?.message)}`);
  }
  for (const suite of module.children.allSuites()) {
    if (suite.errors().length > 0) fail(`${module.relativeModuleId}: ${suite.fullName}`);
  }
  return result;
}

/** Milliseconds that a file took, with its imports. */
function timeOf(module) {
  const { duration, collectDuration, setupDuration } = module.diagnostic();
  return duration + collectDuration + setupDuration;
}

/**
 * A vitest reporter that tells `npm run verify` on standard output how many files there are and what became of each,
 * and writes to the file named by NGFLOW_VERIFY_RESULT what became of all: how many tests passed and failed, the names
 * of those that failed and of those that passed only at another try, with what they said, and for every skipped one
 * its name and its reason: the one it gave (`ctx.skip(reason)`), or the one in its name or a suite's, "(skipped:
 * reason)" or "name: reason"; and how long each file took.
 */
export default class VerifyReporter {
  #say(what) {
    process.stdout.write(`\n${SAYS}${JSON.stringify(what)}\n`);
  }

  onTestRunStart(specifications) {
    this.#say({ files: specifications.length });
  }

  onTestModuleEnd(module) {
    const { passed, failed, skipped } = resultOf(module);
    const { duration } = module.diagnostic();
    this.#say({ file: module.relativeModuleId, passed, failed, skipped: skipped.length, ms: duration });
  }

  onTestRunEnd(modules, unhandledErrors) {
    const results = modules.map(resultOf);
    const unhandled = unhandledErrors.map(({ message }) => `unhandled: ${message}`);
    const result = {
      passed: results.reduce((sum, { passed }) => sum + passed, 0),
      failed: results.reduce((sum, { failed }) => sum + failed, unhandled.length),
      skipped: results.flatMap(({ skipped }) => skipped),
      retried: results.flatMap(({ retried }) => retried),
      failures: [...results.flatMap(({ failures }) => failures), ...unhandled],
      files: modules.map((module) => ({ name: module.relativeModuleId, ms: Math.round(timeOf(module)) })),
    };
    writeFileSync(process.env.NGFLOW_VERIFY_RESULT, JSON.stringify(result));
  }
}
