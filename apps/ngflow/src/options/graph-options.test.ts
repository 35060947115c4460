import { Command } from "commander";
import { expect, it } from "vitest";
import { graphArgs, graphOptions, type GraphOptions } from "./graph-options.ts";

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

it("knows every option that there is", () => {
  const value: Record<string, string> = {
    "--ring": "8",
    "--segments": "on",
    "--snap-length": "64",
    "--key": "vlan,mac",
  };
  for (const { long, required } of graphOptions()) {
    const word = required ? `${long}=${value[long!] ?? "/x"}` : long!;
    expect(graphArgs(parsed([word]))).toEqual([word]);
  }
});
