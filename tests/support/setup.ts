import { beforeAll, beforeEach } from "vitest";
import { madeSoFar, removeMadeSince } from "./cleanup.ts";

// Before every file: what its suites and tests make is removed when they end, also when a hook of theirs fails. That is
// why this is not done in afterAll and afterEach, which are left out after a hook that failed.
beforeAll(() => () => removeMadeSince(0));
beforeEach(({ onTestFinished }) => {
  const before = madeSoFar();
  onTestFinished(() => removeMadeSince(before));
});
