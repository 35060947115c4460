import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GROUPED_FROM, HELP_GROUPS } from "./help-groups.ts";
import { completeHelp, shapeHelp } from "./verb-help.ts";
import type { Verb } from "./verb.ts";
import { VERBS } from "./verbs.ts";

async function define(verb: Verb): Promise<{ command: Command; help: () => string }> {
  let text = "";
  const output = { isTTY: true, columns: 80, write: (chunk: unknown) => ((text += String(chunk)), true) };
  const command = shapeHelp(new Command("ngflow"), output).command(verb.name).description(verb.summary);
  completeHelp((await verb.load()).define(command, VERBS));
  return { command, help: () => (command.outputHelp(), text) };
}

describe("the help of a verb on a terminal of 80 columns in the locale C", () => {
  beforeEach(() => void vi.stubEnv("LC_ALL", "C"));
  afterEach(() => void vi.unstubAllEnvs());

  it.each(VERBS.map((verb) => [verb.name, verb] as const))("%s fits, in ASCII, with examples", async (_, verb) => {
    const { command, help } = await define(verb);
    const text = help();
    expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/[^\n -~]|\(default: /);
    expect(text).toMatch(/^Examples?:\n {2}.*ngflow /m);
    if (command.options.length >= GROUPED_FROM)
      for (const [heading, names] of Object.entries(HELP_GROUPS))
        if (command.options.some(({ long }) => names.includes(long?.slice(2) ?? ""))) expect(text).toContain(heading);
  });
});

it("every option of a group is one that a verb has", async () => {
  const all = await Promise.all(VERBS.map(async (verb) => (await define(verb)).command.options));
  const names = new Set(all.flat().map(({ long }) => long?.slice(2)));
  expect(
    Object.values(HELP_GROUPS)
      .flat()
      .filter((name) => !names.has(name)),
  ).toEqual([]);
});

it("top names its own defaults", async () => {
  const { help } = await define(VERBS.find(({ name }) => name === "top")!);
  expect(help()).toMatch(/--last <duration>[^-]*\(default\s+1m\)/);
});
