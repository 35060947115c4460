import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { storeLimits, type StoreOptions, storeOptions } from "./store-options.ts";

function limitsOf(...args: string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of storeOptions()) command.addOption(option);
  return storeLimits(command.parse(args, { from: "user" }).opts<StoreOptions>());
}

describe("limits of the store", () => {
  it("are bytes and days, and absent unless given", () => {
    expect(limitsOf()).toEqual({});
    expect(limitsOf("--keep-days", "0", "--max-store", "2", "--min-free", "1")).toEqual({
      retentionDays: 0,
      maxBytes: 2 ** 31,
      minFreeBytes: 2 ** 30,
    });
  });

  it.each([
    ["--keep-days", "-1"],
    ["--keep-days", "1.5"],
    ["--max-store", "0"],
    ["--min-free", "x"],
  ])("refuse %s %s", (name, value) => expect(() => limitsOf(name, value)).toThrow(/whole number|not/));
});
