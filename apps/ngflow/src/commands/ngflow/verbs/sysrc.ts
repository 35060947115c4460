import { type Command, Option } from "commander";
import { OptionsError } from "../../../options/errors.ts";
import { terminal } from "../../../service/printer.ts";
import { rcSources } from "../../../service/rc-conf/sources.ts";
import { runSysrc } from "../../../service/sysrc.ts";

interface Options {
  readonly a?: boolean;
  readonly c?: boolean;
  readonly e?: boolean;
  readonly f?: string;
  readonly i?: boolean;
  readonly n?: boolean;
  readonly N?: boolean;
  readonly rcConf?: string;
  readonly v?: boolean;
  readonly x?: boolean;
}

function run(words: readonly string[], options: Options): void {
  if (words.length === 0 && !options.a) {
    throw new OptionsError("usage", "name a variable, or -a for all that are set");
  }
  process.exitCode = runSysrc(
    words,
    {
      all: options.a,
      check: options.c,
      equals: options.e,
      ignoreUnknown: options.i,
      valuesOnly: options.n,
      namesOnly: options.N,
      remove: options.x,
      verbose: options.v,
    },
    rcSources(options.f ?? options.rcConf),
    terminal,
  );
}

export function define(command: Command): Command {
  return command
    .argument("[name[[+|-]=value]...]", "variables to print, set, or change as lists")
    .addOption(new Option("-a", "print all variables that are set"))
    .addOption(new Option("-c", "check only: exit status 1 for a variable that is unset or different"))
    .addOption(new Option("-e", 'print as name="value"'))
    .addOption(new Option("-f <file>", "file to use instead of the files in /etc/ngflow"))
    .addOption(new Option("-i", "ignore unknown variables"))
    .addOption(new Option("-n", "print values only"))
    .addOption(new Option("-N", "print names only"))
    .addOption(new Option("--rc-conf <file>", "same as -f"))
    .addOption(new Option("-v", "print the file of each variable"))
    .addOption(new Option("-x", "remove the variables"))
    .action(run);
}
