import { Command, CommanderError } from "commander";
import { EXIT, NgflowError } from "@ngflow/base";
import { followParent } from "../../daemon/parent.ts";
import { completeHelp, shapeHelp } from "./verb-help.ts";
import { VERBS } from "./verbs.ts";
import { printText } from "../../output/print-text.ts";

/**
 * Ends the process with the exit code of an error, after one line on standard error. On a terminal, two more point at
 * the fault in a filter.
 */
function fail(error: unknown): never {
  if (error instanceof NgflowError) {
    printText(process.stderr, `ngflow: ${error.message}\n`);
    if (process.stderr.isTTY && "pointer" in error && Array.isArray(error.pointer))
      printText(process.stderr, `  ${error.pointer.join("\n  ")}\n`);
    process.exit(error.exit);
  }
  printText(
    process.stderr,
    `ngflow: internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(EXIT.failed);
}

/**
 * Ends the process after an error of commander (unknown option, missing argument, invalid value of an option):
 * a usage error and one line. Help and version are successes. Help instead of a verb has been printed already.
 */
function refuse(error: CommanderError): never {
  if (error.exitCode === 0) process.exit(EXIT.ok);
  if (error.code !== "commander.help") {
    const line = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    printText(process.stderr, `ngflow: ${line} (--help lists the options)\n`);
  }
  process.exit(EXIT.usage);
}

/** The end of `ngflow --help`. */
const EXAMPLES = `
Examples:
  ngflow demo
      run everything on generated traffic; the last line is the console's URL
  ngflow query --by SrcAddr --last 1h
      the hosts that sent most in the last hour

More: README.md, docs/, and the commands ngctl, nghook and flowctl with --help
`;

async function main(argv: readonly string[]): Promise<void> {
  if (!(await followParent())) process.exit(EXIT.failed);
  const program = shapeHelp(new Command("ngflow"))
    .description("meter traffic, collect flows, store them and show them")
    .version("0.1.0")
    .addHelpText("after", EXAMPLES)
    .exitOverride();
  const wanted = argv.find((word) => !word.startsWith("-"));
  for (const verb of VERBS) {
    const command = program.command(verb.name).description(verb.summary);
    // Only the verb that runs is loaded: `export -r` must not wait while the store's code is loaded.
    if (verb.name === wanted) completeHelp((await verb.load()).define(command, VERBS));
  }
  await program.parseAsync(argv, { from: "user" });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof CommanderError) refuse(error);
  fail(error);
});
