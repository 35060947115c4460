import { expect, test } from "vitest";
import { binarySize } from "./binary-size.ts";

test("a size is in powers of 1024, like the limits that are set", () => {
  const sizes = [0, 1023, 1024, 1_533_075, 50 * 1024 ** 3, 1010 * 1024 ** 2].map(binarySize);
  expect(sizes).toEqual(["0 B", "1023 B", "1 KiB", "1.46 MiB", "50 GiB", "1010 MiB"]);
});
