import type { Command, Option } from "commander";
import { columnsOf, fitLines } from "../../output/fit-lines.ts";
import { localeText } from "../../output/locale-text.ts";
import { GROUPED_FROM, HELP_GROUPS } from "./help-groups.ts";
import { HELP_EXAMPLES } from "./help-examples.ts";

/** Where the second line of an example or a sentence begins. */
const INDENT = 6;

type Output = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;

/**
 * Has the help of a command and of those below it, which have to be made after this, fit the terminal and its locale,
 * and name defaults in one way.
 */
export function shapeHelp(command: Command, output: Output = process.stdout): Command {
  return command
    .configureOutput({
      outputError: () => {},
      writeOut: (text) => void output.write(localeText(fitLines(text, columnsOf(output), INDENT))),
      getOutHelpWidth: () => columnsOf(output) ?? 80,
    })
    .configureHelp({ optionDescription });
}

/** Default and choices as `(default X; one of a, b)`, whether commander knows them or the text has them. */
function optionDescription({ description, argChoices, defaultValue, defaultValueDescription }: Option): string {
  const facts: string[] = [];
  if (defaultValue !== undefined && typeof defaultValue !== "boolean")
    facts.push(`default ${defaultValueDescription ?? String(defaultValue)}`);
  if (argChoices !== undefined) facts.push(`one of ${argChoices.join(", ")}`);
  const text = description.replaceAll("(default: ", "(default ").replaceAll("; default: ", "; default ");
  return facts.length === 0 ? text : `${text} (${facts.join("; ")})`;
}

/** Gives a verb with its options and arguments the headings of its options, and examples. */
export function completeHelp(verb: Command): void {
  if (verb.options.length >= GROUPED_FROM) {
    for (const [heading, names] of Object.entries(HELP_GROUPS))
      for (const option of verb.options) if (names.includes(nameOf(option))) option.helpGroup(heading);
  }
  const end = HELP_EXAMPLES[verb.name()];
  if (end === undefined) return;
  verb.addHelpText("after", `\nExamples:\n${end.examples.map((each) => `  ${each}\n`).join("")}\nMore: ${end.page}`);
}

/** The name of an option as it is typed, without dashes: `no-login`. */
function nameOf({ long }: Option): string {
  return long?.slice(2) ?? "";
}
