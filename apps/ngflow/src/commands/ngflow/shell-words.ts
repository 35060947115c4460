import { COLUMNS, completeFilter, DIMENSION_NAMES, ORDERS, PLACEMENTS, QUERY_METRICS, STATISTICS } from "@ngflow/flows";
import { Command, type Option } from "commander";
import { FORMATS } from "../../output/format.ts";
import type { Verb } from "./verb.ts";

/** A word that a shell may put in, and what it means. */
export interface ShellWord {
  readonly word: string;
  readonly meaning: string;
}

/** Most words of one answer: a shell shows no more in use. */
const MOST_WORDS = 200;

const columns = COLUMNS.map(({ name }) => name);
const named = (words: readonly string[]): readonly ShellWord[] => words.map((word) => ({ word, meaning: "" }));

/** Values of options that commander does not know of. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "--by": DIMENSION_NAMES,
  "--metric": QUERY_METRICS.filter((metric) => !metric.includes(":")),
  "--sort": columns,
  "--statistic": STATISTICS,
  "--order": Object.keys(ORDERS),
  "--time": PLACEMENTS,
  "--counters": ["scaled", "raw"],
  "--format": FORMATS,
};

/** Verbs whose arguments are a filter. */
const WITH_FILTER: ReadonlySet<string> = new Set(["query", "flows", "top", "report"]);

/** Words that fit the last one of a command line, `ngflow` itself left out. Empty: the shell offers files. */
export async function shellWords(words: readonly string[], verbs: readonly Verb[]): Promise<readonly ShellWord[]> {
  const last = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const verb = verbs.find(({ name }) => name === before.find((word) => !word.startsWith("-")));
  if (verb === undefined)
    return fitting(
      verbs.map(({ name, summary }) => ({ word: name, meaning: summary })),
      last,
    );
  let command = (await verb.load()).define(new Command(verb.name), verbs);
  for (const word of before) command = command.commands.find((each) => each.name() === word) ?? command;

  const option = command.options.find((each) => each.long === before.at(-1) || each.short === before.at(-1));
  if (option !== undefined && (option.required || option.optional)) return fitting(valuesOf(option, last), last);
  if (last.startsWith("-")) return fitting(optionsOf(command), last);
  if (command.commands.length > 0)
    return fitting(
      command.commands.map((each) => ({ word: each.name(), meaning: each.description() })),
      last,
    );
  return WITH_FILTER.has(verb.name) ? filterWords(last) : [];
}

function fitting(words: readonly ShellWord[], start: string): readonly ShellWord[] {
  const lower = start.toLowerCase();
  return words.filter(({ word }) => word.toLowerCase().startsWith(lower)).slice(0, MOST_WORDS);
}

function optionsOf(command: Command): readonly ShellWord[] {
  const shown = command.options.filter(({ hidden, long }) => !hidden && typeof long === "string");
  const own = shown.map(({ long, description }) => ({ word: long!, meaning: description }));
  return [...own, { word: "--help", meaning: "display help for command" }];
}

/** Values of an option; in a list with commas, those of its last part. */
function valuesOf({ long, argChoices }: Option, last: string): readonly ShellWord[] {
  const values = argChoices ?? VALUES[long ?? ""] ?? [];
  const kept = last.slice(0, last.lastIndexOf(",") + 1);
  return named(values.map((value) => kept + value));
}

/** A filter in one word is completed at its end; else the word is the start of a column or an operator. */
async function filterWords(last: string): Promise<readonly ShellWord[]> {
  const nothing = { seen: () => Promise.resolve(undefined), names: () => Promise.resolve([]) };
  const { from, completions } = await completeFilter({ text: last, at: last.length, limit: MOST_WORDS }, nothing);
  const words = completions.map(({ text, detail }) => ({ word: last.slice(0, from) + text, meaning: detail ?? "" }));
  // A shell replaces the word only by one that begins as it does.
  return fitting(words, last);
}
