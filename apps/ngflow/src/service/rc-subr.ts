import type { Printer } from "./printer.ts";
import { setVariable } from "./rc-conf/edit.ts";
import { readRcConf, writeRcConf } from "./rc-conf/file.ts";
import { type RcSources, type RcVariable } from "./rc-conf/sources.ts";
import { removeFrom } from "./sysrc.ts";

/** The script's own `err 1 …`: ends it at once, with any prefix. */
export class RcError extends Error {
  override name = "RcError";
}

/** The call of a method. */
export interface RcCall {
  readonly force: boolean;
  readonly quiet: boolean;
  readonly print: Printer;
  /** `WARNING: …` on standard error, as rc.subr's warn. */
  warn(text: string): void;
}

/** A method of a service: its exit status. @throws RcError. */
export type RcMethod = (call: RcCall) => Promise<number>;

/** An rc.d script as data. */
export interface RcService {
  readonly name: string;
  readonly rcvar: string;
  /** Its command line; `$0` of a shell script. */
  readonly script: string;
  readonly sources: RcSources;
  readonly variables: ReadonlyMap<string, RcVariable>;
  /** Runs before start, and before restart stops anything. */
  readonly precheck: RcMethod;
  readonly start: RcMethod;
  readonly stop: RcMethod;
  readonly status: RcMethod;
}

const PREFIXES = ["fast", "force", "one", "quiet"] as const;
const VERBS = [
  "start",
  "stop",
  "restart",
  "rcvar",
  "enable",
  "disable",
  "delete",
  "enabled",
  "describe",
  "extracommands",
  "status",
] as const;
type RcVerb = (typeof VERBS)[number];

/**
 * Verbs that run with any value of the enable variable. `status` is one of them in every rc.subr that has it for
 * methods.
 */
const UNCHECKED: ReadonlySet<string> = new Set(["rcvar", "enable", "delete", "describe", "status"]);

const TRUE = new Set(["yes", "true", "on", "1"]);
const FALSE = new Set(["no", "false", "off", "0"]);

/**
 * What rc.subr's run_rc_command does with a script's first argument (reference: rcd.md §2).
 *
 * @returns the exit status.
 */
export async function runRcCommand(argument: string, service: RcService, print: Printer): Promise<number> {
  const prefix = PREFIXES.find((each) => argument.startsWith(each));
  const verb = argument.slice(prefix?.length ?? 0);
  const call: RcCall = {
    force: prefix === "force",
    quiet: prefix === "fast" || prefix === "quiet",
    print,
    warn: (text) => print.err(`${service.script}: WARNING: ${text}\n`),
  };
  const assumed = prefix === "force" || prefix === "one" ? "YES" : undefined;
  const isEnabled = (): boolean => {
    const value = assumed ?? service.variables.get(service.rcvar)?.value ?? "NO";
    if (TRUE.has(value.toLowerCase())) return true;
    if (!FALSE.has(value.toLowerCase())) call.warn(`$${service.rcvar} is not set properly - see rc.conf(5).`);
    return false;
  };

  if (verb === "") return usage(service, print);
  if (verb === "enabled") return isEnabled() ? 0 : 1;
  if (!isVerb(verb)) {
    print.err(`${service.script}: unknown directive '${verb}'.\n`);
    return usage(service, print);
  }
  if (!UNCHECKED.has(verb) && !isEnabled()) {
    if (!call.quiet) {
      print.out(
        `Cannot '${verb}' ${service.name}. Set ${service.rcvar} to YES in ${service.sources.main} ` +
          `or use 'one${verb}' instead of '${verb}'.\n`,
      );
    }
    return 0;
  }
  try {
    return await runVerb(verb, assumed, service, call);
  } catch (error) {
    if (!(error instanceof RcError)) throw error;
    print.err(`${service.script}: ERROR: ${error.message}\n`);
    return 1;
  }
}

function isVerb(word: string): word is RcVerb {
  return (VERBS as readonly string[]).includes(word);
}

/** Runs a method as _run_rc_doit does: a failure is 1, and with `force` the method's own status. */
async function run(method: RcMethod, call: RcCall): Promise<number> {
  const status = await method(call);
  return status === 0 || call.force ? status : 1;
}

async function start(service: RcService, call: RcCall): Promise<number> {
  const checked = await service.precheck(call);
  return checked !== 0 && !call.force ? 1 : run(service.start, call);
}

async function runVerb(verb: RcVerb, assumed: string | undefined, service: RcService, call: RcCall): Promise<number> {
  const { name, rcvar, print } = { ...service, ...call };
  switch (verb) {
    case "start":
      return start(service, call);
    case "stop":
      return run(service.stop, call);
    case "status":
      return run(service.status, call);
    case "restart": {
      const checked = await service.precheck(call);
      if (checked !== 0 && !call.force) return 1;
      await run(service.stop, call);
      return start(service, call);
    }
    case "rcvar": {
      const value = assumed ?? service.variables.get(rcvar)?.value ?? "NO";
      print.out(`# ${name}\n#\n${rcvar}="${value}"\n#   (default: "")\n\n`);
      return 0;
    }
    case "enable":
    case "disable": {
      const file = fileToWrite(service);
      const value = verb === "enable" ? "YES" : "NO";
      writeRcConf(file, setVariable(readRcConf(file) ?? "", file, rcvar, value));
      print.out(`${name} ${verb}d in ${file}\n`);
      return 0;
    }
    case "delete": {
      const files = removeFrom([...service.sources.files, ...service.sources.serviceFiles(name)], rcvar);
      if (files.length > 0) print.out(`${rcvar} deleted in ${files.join(" ")}\n`);
      // rc.subr runs sysrc for this, lets it speak and ignores how it ends.
      else print.err(`sysrc: unknown variable '${rcvar}'\n`);
      return 0;
    }
    case "extracommands":
      print.out("\n");
      return 0;
    default:
      return 0;
  }
}

/** The file that sets the variable, so that a change takes effect; else the main file. */
function fileToWrite({ rcvar, sources, variables }: RcService): string {
  return variables.get(rcvar)?.file ?? sources.main;
}

function usage({ script }: RcService, print: Printer): number {
  print.err(`Usage: ${script} [${PREFIXES.join("|")}](${VERBS.join("|")})\n`);
  return 1;
}
