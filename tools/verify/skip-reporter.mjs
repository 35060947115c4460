import { writeFileSync } from "node:fs";

/** The reason in a name such as `replays everything (skipped: the corpus is absent)` or `bridge: not written yet`. */
function reasonInName(name) {
  return /\(skipped: ([^)]*)\)/.exec(name)?.[1] ?? /: ([^:>]*)$/.exec(name)?.[1] ?? "";
}

/**
 * A vitest reporter that writes what `npm run verify` needs to the file named by NGFLOW_VERIFY_RESULT: how many tests
 * passed and failed, which passed only at another try, and for every skipped one its name and its reason: the one it gave (`ctx.skip(reason)`), or the one
 * in its name or a suite's, "(skipped: reason)" or "name: reason".
 */
export default class SkipReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const result = { passed: 0, failed: unhandledErrors.length, skipped: [], retried: [], failures: [] };
    for (const error of unhandledErrors) result.failures.push(`unhandled: ${error.message}`);
    for (const module of modules) {
      // A file that could not even be collected holds no tests, but it has failed all the same.
      if (module.errors().length > 0) {
        result.failed += 1;
        result.failures.push(module.relativeModuleId);
      }
      for (const each of module.children.allTests()) {
        const { state, note } = each.result();
        const name = `${module.relativeModuleId}: ${each.fullName}`;
        if (each.diagnostic()?.flaky) result.retried.push(name);
        if (state === "passed") result.passed += 1;
        else if (state === "skipped") result.skipped.push({ name, reason: note ?? reasonInName(each.fullName) });
        else {
          result.failed += 1;
          result.failures.push(name);
        }
      }
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length === 0) continue;
        result.failed += 1;
        result.failures.push(`${module.relativeModuleId}: ${suite.fullName}`);
      }
    }
    writeFileSync(process.env.NGFLOW_VERIFY_RESULT, JSON.stringify(result));
  }
}
