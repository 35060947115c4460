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
    expect(limitsOf("--keep", "12w", "--keep-size", "1.5G", "--min-free", "500M")).toEqual({
      retentionDays: 84,
      maxBytes: 1.5 * 2 ** 30,
      minFreeBytes: 500 * 2 ** 20,
    });
    expect(limitsOf("--spool-max-age", "1h30m")).toEqual({ spoolMaxAgeMs: 5_400_000 });
    expect(limitsOf("--spool-max-age", "forever")).toEqual({ spoolMaxAgeMs: 0 });
    expect(limitsOf("--keep-1m", "1w", "--keep-1d", "forever")).toEqual({
      tierDays: { "1m": 7, "1d": 0, long: 0 },
    });
    expect(limitsOf("--keep", "forever")).toEqual({ retentionDays: 0 });
    expect(limitsOf("--keep", "2y")).toEqual({ retentionDays: 730 });
  });

  it.each([
    ["--keep", "0d"],
    ["--keep", "90"],
    ["--keep", "1.5d"],
    ["--keep", "101y"],
    ["--keep-size", "0G"],
    ["--keep-size", "50"],
    ["--keep-size", "2000T"],
    ["--min-free", "x"],
    ["--spool-max-age", "59s"],
    ["--spool-max-age", "12"],
  ])("refuse %s %s", (name, value) =>
    expect(() => limitsOf(name, value)).toThrow(
      new RegExp(`${name}.*"${value}" is not an? (age|size|time to wait); use`),
    ),
  );
});
