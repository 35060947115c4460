import { ServiceError } from "../errors.ts";

/** One `name=value` of a file in the format of rc.conf(5). */
export interface RcAssignment {
  readonly name: string;
  /** The value with quotes and escapes resolved. */
  readonly value: string;
  /** Counted from 1. */
  readonly line: number;
  /** Where `name` starts and the value ends in the text, in UTF-16 units: what an edit replaces. */
  readonly start: number;
  readonly end: number;
}

/** Largest file that is read, in bytes; a hundred times what the service needs. */
export const MAX_RC_CONF_BYTES = 256 * 1024;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Characters that need no quotes: none of them is special to the shell within an assignment. */
const BARE = /[A-Za-z0-9_.,:/@%+=^-]+/y;
const BLANKS = /[ \t]*/y;
/** Characters that a backslash escapes between double quotes; before others it is literal (POSIX 2.2.3). */
const ESCAPABLE = new Set(['"', "\\", "$", "`"]);

const ADVICE = "only assignments, quotes and comments are understood, and nothing is executed";

/** @throws NgflowError `rc-conf` (exit 78) `FILE:LINE: what; what to do`. */
export function rcConfError(file: string, line: number, what: string): ServiceError {
  return new ServiceError("rc-conf", `${file}:${line}: ${what}`);
}

/**
 * Reads the safe subset of rc.conf(5): one or more `name=value` a line, values bare or in quotes, comments. Everything
 * else that a shell would take (expansions, commands, line continuations, values over several lines) is refused.
 *
 * @throws NgflowError naming file and line.
 */
export function parseRcConf(text: string, file: string): RcAssignment[] {
  const assignments: RcAssignment[] = [];
  let offset = 0;
  for (const [index, line] of text.split("\n").entries()) {
    parseLine(line, offset, { file, line: index + 1 }, assignments);
    offset += line.length + 1;
  }
  return assignments;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function parseLine(text: string, offset: number, place: Place, into: RcAssignment[]): void {
  refuseControls(text, place);
  let at = match(BLANKS, text, 0).length;
  while (at < text.length && text[at] !== "#") {
    const name = match(NAME, text, at);
    if (name === "" || text[at + name.length] !== "=") throw notAssignment(text.slice(at), place);
    const value = parseValue(text, at + name.length + 1, place, name);
    into.push({ name, value: value.text, line: place.line, start: offset + at, end: offset + value.end });
    const blanks = match(BLANKS, text, value.end).length;
    at = value.end + blanks;
    // Without a blank `#` would belong to the value, and another word to no assignment.
    if (blanks === 0 && at < text.length) throw refused(place, `${shown(text[at]!)} in the value of ${name}`);
  }
}

/** A value: bare and quoted parts side by side, as in `a"b c"'d'`. */
function parseValue(line: string, from: number, place: Place, name: string): { text: string; end: number } {
  let text = "";
  let at = from;
  for (;;) {
    const quote = line[at];
    if (quote === "'") {
      const close = line.indexOf("'", at + 1);
      if (close < 0) throw unclosed(place, "'", name);
      text += line.slice(at + 1, close);
      at = close + 1;
    } else if (quote === '"') {
      const part = parseDoubleQuoted(line, at + 1, place, name);
      text += part.text;
      at = part.end;
    } else {
      const bare = match(BARE, line, at);
      if (bare === "") return { text, end: at };
      text += bare;
      at += bare.length;
    }
  }
}

function parseDoubleQuoted(line: string, from: number, place: Place, name: string): { text: string; end: number } {
  let text = "";
  for (let at = from; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"') return { text, end: at + 1 };
    if (char === "$" || char === "`") throw refused(place, `${shown(char)} in the value of ${name}`);
    if (char === "\\" && ESCAPABLE.has(line[at + 1] ?? "")) text += line[++at]!;
    else text += char;
  }
  throw unclosed(place, '"', name);
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function refuseControls(line: string, place: Place): void {
  // eslint-disable-next-line no-control-regex
  const control = /[\0-\x08\x0a-\x1f\x7f]/.exec(line)?.[0];
  if (control === undefined) return;
  if (control === "\r") throw refused(place, "a carriage return", "save the file with Unix line ends");
  throw refused(place, `a control character (${control.charCodeAt(0)})`);
}

function notAssignment(rest: string, place: Place): ServiceError {
  return refused(place, `"${excerpt(rest)}" is not an assignment`);
}

function unclosed(place: Place, quote: string, name: string): ServiceError {
  return refused(place, `the ${quote} in the value of ${name} is not closed on its line`);
}

function refused({ file, line }: Place, what: string, advice = ADVICE): ServiceError {
  return rcConfError(file, line, `${what}; ${advice}`);
}

function shown(char: string): string {
  return char === "`" ? "a backquote" : `"${char}"`;
}

/** The beginning of a text for a message of one line. */
export function excerpt(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
