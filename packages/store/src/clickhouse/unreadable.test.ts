import { expect, it } from "vitest";
import { damageReason, unreadablePart } from "./unreadable.ts";

const PART = "/srv/store/79e/20261122_7_7_0/data.bin";

it("says what is damaged, not where in the database's work it was found", () => {
  const message =
    `Code: 432. DB::Exception: Unknown codec family code: 223: While reading or decompressing ${PART} (position: ` +
    "460807, typename: DB::AsynchronousReadBufferFromFileWithDescriptorsCache, compressed data header: <uninitialized>)";
  expect(damageReason(message)).toBe("Unknown codec family code: 223");
  const error = Object.assign(new Error(message), { clickhouseCode: 432 });
  expect(unreadablePart(error as never)).toEqual({
    name: "20261122_7_7_0",
    day: "2026-11-22",
    reason: "Unknown codec family code: 223",
  });
});

it("is one short line", () => {
  expect(damageReason("damaged\nand more")).toBe("damaged");
  expect(damageReason(`Checksum doesn't match: ${"x".repeat(500)}`)).toMatch(/^Checksum doesn't match: x{136}…$/);
});
