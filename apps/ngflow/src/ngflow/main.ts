import { Command, CommanderError } from "commander";
import { EXIT, NgflowError } from "@ngflow/base";
import { VERBS } from "./verbs.ts";

/** Ends the process with the exit code of an error, after one line on standard error. */
function fail(error: unknown): never {
  if (error instanceof NgflowError) {
    process.stderr.write(`ngflow: ${error.message}\n`);
    process.exit(error.exit);
  }
  process.stderr.write(
    `ngflow: internal error, please report it: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(EXIT.failed);
}

/** Commander's own refusals (unknown option, missing argument) are usage errors; help and version are successes. */
function exitCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("ngflow")
    .description("from packets to pictures: meters traffic, collects flows, stores and shows them")
    .version("0.1.0")
    .exitOverride()
    .showHelpAfterError("(add --help for the options)");
  const wanted = argv.find((word) => !word.startsWith("-"));
  for (const verb of VERBS) {
    // Only the verb that runs is loaded: `export -r` must not wait for the store to be read from disk.
    if (verb.name === wanted) program.addCommand((await verb.load()).command().exitOverride());
    else program.command(verb.name).description(verb.summary);
  }
  await program.parseAsync(argv, { from: "user" });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(exitCode(error));
  fail(error);
});
