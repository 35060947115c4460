import type { Builtin } from "./builtins.ts";
import { type Context, ShellExit, type Status } from "./context.ts";
import type { Shell } from "./shell.ts";
import { isUnknown } from "./unknowns.ts";

/** Functions of FreeBSD's rc.subr(8), of which rc.d scripts are made. */
export const RC_SUBR: Readonly<Record<string, Builtin>> = {
  load_rc_config: () => 0,
  run_rc_command: runRcCommand,
  checkyesno: (shell, [name = ""]) => {
    const value = shell.expander.value(name);
    if (value === undefined || isUnknown(value)) return undefined;
    return /^(?:yes|true|on|1)$/i.test(value) ? 0 : 1;
  },
  warn: () => 0,
  info: () => 0,
  debug: () => 0,
  startmsg: () => 0,
  err: (shell, [status = "1"]) => {
    throw new ShellExit(/^\d+$/.test(status) ? Number(status) : shell.state.status);
  },
};

/** Prefixes of verbs: they do not change what a script does to the graph. */
const PREFIX = /^(?:fast|force|one|quiet)/;

/**
 * `run_rc_command VERB`: the modules, commands and hooks that the script has set for the verb. The service counts as
 * enabled, and a process of it as not running.
 */
async function runRcCommand(shell: Shell, [given = ""]: readonly string[], context: Context): Promise<Status> {
  let verb = given.replace(PREFIX, "");
  if (given === "" || isUnknown(given)) {
    verb = "start";
    shell.assumed.add(shell.line, "run_rc_command", "taken as start: give another verb behind the name of the script");
  }
  if (verb === "restart" && value(shell, "restart_cmd") === "") {
    await oneVerb(shell, "stop", context);
    return oneVerb(shell, "start", context);
  }
  return oneVerb(shell, verb, context);
}

async function oneVerb(shell: Shell, verb: string, context: Context): Promise<Status> {
  if (verb === "start") {
    for (const name of value(shell, "required_modules").split(/\s+/).filter(Boolean))
      await shell.runText(`kldload ${name.replace(/^.*[:~]/, "")}`, context);
  }
  for (const part of ["precmd", "cmd", "postcmd"]) {
    const text = value(shell, `${verb}_${part}`);
    if (text === "") continue;
    shell.state.variables.set("rc_arg", verb);
    const status = await shell.runText(text, context);
    // A check that fails ends the verb; what only the machine knows is taken to be in order.
    if (part === "precmd" && status !== undefined && status !== 0) return 1;
    if (part === "cmd" && status !== undefined && status !== 0) return status;
  }
  return 0;
}

function value(shell: Shell, name: string): string {
  const found = shell.expander.value(name) ?? "";
  return isUnknown(found) ? "" : found;
}
