import { Command } from "commander";
import { expect, it } from "vitest";
import { checkProfile, graphArgs, graphOptions, type GraphOptions } from "./graph-options.ts";

function parsed(words: readonly string[]): GraphOptions {
  const command = new Command("graph");
  for (const option of graphOptions()) command.addOption(option);
  return command.parse(words, { from: "user" }).opts();
}

it("passes every option on, whatever its value looks like", () => {
  const words = [
    "--control-group=netops",
    "--filter=-x and y",
    "--ring=64",
    "--snap-length=128",
    "--as-table=/a=b",
    "--key=mac",
  ];
  expect(graphArgs(parsed([...words, "--force"]))).toEqual([...words, "--force"]);
  expect(graphArgs(parsed([]))).toEqual([]);
});

it("refuses what the profile does not have", () => {
  for (const option of ["--as-table=/x", "--key=mac"]) {
    expect(() => checkProfile(parsed(["--profile=freebsd", option]))).toThrow("; choose profile modern");
    checkProfile(parsed(["--profile=modern", option]));
    checkProfile(parsed([option]));
  }
  checkProfile(parsed(["--profile=freebsd"]));
});

it("knows every option that there is", () => {
  const value: Record<string, string> = {
    "--ring": "8",
    "--segments": "on",
    "--snap-length": "64",
    "--key": "vlan,mac",
    "--profile": "freebsd",
  };
  for (const { long, required } of graphOptions()) {
    const word = required ? `${long}=${value[long!] ?? "/x"}` : long!;
    expect(graphArgs(parsed([word]))).toEqual([word]);
  }
});
