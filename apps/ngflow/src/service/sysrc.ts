import { ServiceError } from "./errors.ts";
import type { Printer } from "./printer.ts";
import { removeVariable, setVariable } from "./rc-conf/edit.ts";
import { readRcConf, writeRcConf } from "./rc-conf/file.ts";
import { parseRcConf } from "./rc-conf/parse.ts";
import { type RcSources, type RcVariable, readVariables } from "./rc-conf/sources.ts";

/** The options of sysrc(8) that there are, by their letters. */
export interface SysrcOptions {
  /** Print everything that is set. */
  readonly all?: boolean | undefined;
  /** Change nothing; report by the exit status. */
  readonly check?: boolean | undefined;
  /** Print `name="value"`. */
  readonly equals?: boolean | undefined;
  /** Unknown variables are not a failure. */
  readonly ignoreUnknown?: boolean | undefined;
  /** Print values without names. */
  readonly valuesOnly?: boolean | undefined;
  /** Print names without values. */
  readonly namesOnly?: boolean | undefined;
  /** Print the file before each line. */
  readonly verbose?: boolean | undefined;
  readonly remove?: boolean | undefined;
}

/** Operation of an argument: print the value, set it, or add or remove list members. */
interface Request {
  readonly name: string;
  readonly operation: "get" | "set" | "add" | "subtract";
  readonly operand: string;
}

/** Name, operation and operand of `NAME`, `NAME=VALUE`, `NAME+=VALUE`, `NAME-=VALUE`. @throws NgflowError (usage). */
function parseRequest(word: string): Request {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:([+-]?)=([\s\S]*))?$/.exec(word);
  if (match === null) {
    const [text] = word.split(/[\n=]/, 1);
    throw new ServiceError("sysrc-name", `"${text!.slice(0, 40)}" is not the name of a variable`);
  }
  const [, name, sign, operand] = match as unknown as [string, string, string | undefined, string | undefined];
  if (operand === undefined) return { name, operation: "get", operand: "" };
  return { name, operation: sign === "+" ? "add" : sign === "-" ? "subtract" : "set", operand };
}

/**
 * A list with members added or removed. The operand's first character separates the members unless it is a letter or
 * a digit; then a blank does (sysrc(8), APPENDING VALUES and SUBTRACTING VALUES).
 */
export function changeList(list: string, operation: "add" | "subtract", operand: string): string {
  const separator = /^[A-Za-z0-9]/.test(operand) || operand === "" ? " " : operand[0]!;
  const members = list.split(separator).filter((each) => each !== "");
  const words = operand.split(separator).filter((each) => each !== "");
  const changed =
    operation === "subtract"
      ? members.filter((each) => !words.includes(each))
      : [...members, ...words.filter((each, at) => !members.includes(each) && words.indexOf(each) === at)];
  return changed.join(separator);
}

/**
 * Prints and changes variables as sysrc(8) does (reference: rcd.md §4).
 *
 * @returns the exit status.
 * @throws NgflowError when a file is damaged or cannot be written, before anything else is changed.
 */
export function runSysrc(
  words: readonly string[],
  options: SysrcOptions,
  sources: RcSources,
  { out, err }: Printer,
): number {
  const variables = readVariables(sources.files);
  const requests = options.all ? [...variables.keys()].sort().map(parseRequest) : words.map(parseRequest);

  const print = (name: string, variable: RcVariable | undefined, change = ""): void => {
    const value = variable?.value ?? "";
    const file = options.verbose ? `${variable?.file ?? sources.main}: ` : "";
    if (options.namesOnly) out(`${file}${name}\n`);
    else if (options.valuesOnly) out(`${file}${value}${change}\n`);
    else if (options.equals) out(`${file}${name}="${value}"${change}\n`);
    else out(`${file}${name}: ${value}${change}\n`);
  };

  const set = (name: string, value: string): void => {
    const before = variables.get(name);
    const file = before?.file ?? sources.main;
    if (before?.value !== value) writeRcConf(file, setVariable(readRcConf(file) ?? "", file, name, value));
    variables.set(name, { value, file, line: before?.line ?? 0 });
    print(name, before === undefined ? undefined : before, ` -> ${value}`);
  };

  let status = 0;
  for (const { name, operation, operand } of requests) {
    const variable = variables.get(name);
    if (operation === "get" || options.remove) {
      if (variable === undefined) {
        if (options.ignoreUnknown) continue;
        if (!options.check) err(`sysrc: unknown variable '${name}'\n`);
        status = 1;
      } else if (options.remove) {
        removeFrom(sources.files, name, options.check === true);
        variables.delete(name);
      } else if (!options.check || options.verbose) print(name, variable);
      continue;
    }
    const value = operation === "set" ? operand : changeList(variable?.value ?? "", operation, operand);
    if (!options.check) set(name, value);
    else if (variable?.value !== value) status = 1;
  }
  return status;
}

/** Removes a variable from every file that sets it. @returns those files. */
export function removeFrom(files: readonly string[], name: string, dryRun = false): string[] {
  const changed: string[] = [];
  for (const file of files) {
    const text = readRcConf(file);
    if (text === undefined || !parseRcConf(text, file).some((each) => each.name === name)) continue;
    if (!dryRun) writeRcConf(file, removeVariable(text, file, name));
    changed.push(file);
  }
  return changed;
}
