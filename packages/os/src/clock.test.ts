import { expect, it } from "vitest";
import { isClockSynchronised } from "./clock.ts";
import { hasLibc } from "./libc.ts";

it.runIf(hasLibc())("says whether the kernel's clock is kept in step", () => {
  expect([true, false]).toContain(isClockSynchronised());
});
