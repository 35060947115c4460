import { afterEach, expect, test, vi } from "vitest";
import { hintEmpty } from "./query-options.ts";

afterEach(() => vi.restoreAllMocks());

test.each([
  ["table", {}, 1],
  ["table", { by: "Proto" }, 1],
  ["table", { last: "1h" }, 0],
  ["table", { from: "-2d" }, 0],
  ["table", { to: "-1h" }, 0],
  ["json", {}, 0],
] as const)("an empty %s with the options %j gets %i hint", (format, options, hints) => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  hintEmpty(format, options);
  expect(
    write.mock.calls.filter(([text]) => String(text).includes("choose another range with --last or --from")),
  ).toHaveLength(hints);
});
