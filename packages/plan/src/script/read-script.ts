import { linePieces } from "./line-pieces.ts";
import { expandVariables, shellCommands } from "./shell-words.ts";
import type { IgnoredLine, Script, ScriptCommand } from "./script-line.ts";

export interface ReadScriptOptions {
  /** ngctl's command words in full; a line of a transcript that begins with one is a command. */
  readonly verbs: readonly string[];
  /** Values of shell variables, before those that the script sets itself. */
  readonly variables?: Readonly<Record<string, string>>;
}

const INTERACTIVE = /^\s*\+\s+(?=\S)/;
/** A shell's prompt before a command that concerns the graph: `# `, `$ sudo `, `root@host:~ # `. */
const PROMPTED =
  /^(?:[^\s#$%>]{0,64}\s?[^\s#$%>]{0,64}\s*[#$%>]\s+)(?:sudo\s+|doas\s+)?(?=(?:\S*\/)?(?:ngctl|kldload|kldunload)\b)/;
const SHELL_COMMAND = /^\s*(?:sudo\s+|doas\s+)?(?:\S*\/)?(?:ngctl|kldload|kldunload)(?:\s|$)/;
const ASSIGNMENT = /^\s*(?:export\s+|local\s+)?([A-Za-z_]\w*)=/;
const HEREDOC = /<<(-?)\s*(["']?)(\w+)\2/;

/**
 * Finds the commands in a script: a file for `ngctl -f`, a shell or rc.d script with `ngctl` lines and here-documents,
 * or text pasted from a terminal with its prompts (`# ngctl`, `+ mkpeer …`) and output. kldload lines are kept apart.
 */
export function readScript(text: string, options: ReadScriptOptions): Script {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const bare = lines.some((line) => SHELL_COMMAND.test(line));
  const typed = lines.some((line) => INTERACTIVE.test(line));
  const verbLine = lines.some((line) => options.verbs.includes(line.trim().split(/\s+/, 1)[0]!));
  const prompted = !bare && !verbLine && lines.some((line) => PROMPTED.test(line));
  const shell = bare || typed || prompted || text.startsWith("#!");
  if (!shell) return fileScript(lines);
  // Where a person typed after `+ `, other lines are what ngctl answered: its list of commands looks like commands.
  const verbs = typed ? [] : options.verbs;
  return new ShellReader(lines, { ...options, verbs }, !bare && (typed || prompted)).read();
}

/** Lines as `ngctl -f` takes them: `#` in the first column begins a comment, nothing quotes. */
function fileScript(lines: readonly string[]): Script {
  const commands: ScriptCommand[] = [];
  for (const [i, whole] of lines.entries()) {
    for (const line of linePieces(whole)) {
      if (line.startsWith("#")) continue;
      const words = blankSeparated(line);
      if (words.length === 0) continue;
      commands.push({ line: i + 1, text: shown(words), words, kind: "ngctl", session: 0, stopsAtFailure: true });
    }
  }
  return { style: "file", commands, ignored: [] };
}

/** Most words of a line that ngctl looks at. */
const MAX_WORDS = 511;

function blankSeparated(line: string): string[] {
  return line
    .split(/[ \t\r\n\v\f]+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS);
}

/** Characters of a command that reports repeat. */
const MAX_SHOWN = 1000;

function shown(words: readonly string[]): string {
  const text = words.join(" ");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

class ShellReader {
  readonly #lines: readonly string[];
  readonly #verbs: ReadonlySet<string>;
  readonly #prompts: boolean;
  readonly #variables: Map<string, string>;
  readonly #commands: ScriptCommand[] = [];
  readonly #ignored: IgnoredLine[] = [];
  #session = 0;
  /** Session of the interactive ngctl, 0 before the first line typed into one. */
  #interactive = 0;

  constructor(lines: readonly string[], options: ReadScriptOptions, prompts: boolean) {
    this.#lines = lines;
    this.#verbs = new Set(options.verbs);
    this.#prompts = prompts;
    this.#variables = new Map(Object.entries(options.variables ?? {}));
  }

  read(): Script {
    for (let i = 0; i < this.#lines.length; i++) i = this.#readLine(i);
    return { style: "shell", commands: this.#commands, ignored: this.#ignored };
  }

  /** Returns the index of the last line read. */
  #readLine(i: number): number {
    const raw = this.#lines[i]!;
    const line = i + 1;
    if (INTERACTIVE.test(raw)) {
      this.#addTyped(line, raw.replace(INTERACTIVE, ""));
      return i;
    }
    let text = this.#prompts ? raw.replace(PROMPTED, "") : raw;
    if (text.trim() === "" || /^\s*#/.test(text)) return i;
    let last = i;
    while (text.endsWith("\\") && last + 1 < this.#lines.length) text = `${text.slice(0, -1)} ${this.#lines[++last]!}`;
    if (this.#verbs.has(blankSeparated(text)[0]!)) {
      this.#addTyped(line, text);
      return last;
    }
    const heredoc = HEREDOC.exec(text);
    if (heredoc !== null) return this.#readHeredoc(line, text, heredoc, last);
    if (ASSIGNMENT.test(text) && this.#assign(text)) return last;
    let found = false;
    for (const words of shellCommands(text, this.#variables)) if (this.#addShellCommand(line, words)) found = true;
    if (!found)
      this.#ignore(line, raw, this.#interactive === 0 ? "not a command of ngctl" : "output, or another program");
    return last;
  }

  #addTyped(line: number, text: string): void {
    const words = blankSeparated(text);
    if (this.#interactive === 0) this.#interactive = ++this.#session;
    this.#add(line, words, this.#interactive, false);
  }

  #add(line: number, words: readonly string[], session: number, stopsAtFailure: boolean): void {
    if (words.length === 0) return;
    this.#commands.push({ line, text: shown(words), words, kind: "ngctl", session, stopsAtFailure });
  }

  #assign(text: string): boolean {
    let assigned = false;
    for (const [word, ...rest] of shellCommands(text.replace(/^\s*(?:export|local)\s+/, ""), this.#variables)) {
      const match = ASSIGNMENT.exec(word!);
      if (match === null || rest.length > 0) return assigned;
      this.#variables.set(match[1]!, word!.slice(match[0].length));
      assigned = true;
    }
    return assigned;
  }

  #addShellCommand(line: number, words: readonly string[]): boolean {
    const at = words[0] === "sudo" || words[0] === "doas" ? 1 : 0;
    const program = words[at]?.replace(/^.*\//, "");
    const args = words.slice(at + 1);
    if (program === "kldload" || program === "kldunload") {
      const modules = args.filter((word) => !word.startsWith("-"));
      const text = [program, ...args].join(" ");
      this.#commands.push({
        line,
        text,
        words: [program, ...modules],
        kind: "module",
        session: 0,
        stopsAtFailure: false,
      });
      return true;
    }
    if (program !== "ngctl") return false;
    const command = afterOptions(args);
    // A bare `ngctl` is the shell that the following `+ ` lines are typed into.
    if (command === undefined) this.#ignore(line, words.join(" "), "reads a file of its own; explain that file");
    else if (command.length > 0) this.#add(line, command, ++this.#session, false);
    return true;
  }

  /** The lines up to the delimiter are ngctl's if the command is `ngctl -f-`. */
  #readHeredoc(line: number, text: string, [, dash, quote, end]: RegExpExecArray, from: number): number {
    const isNgctl = /(?:^|[\s/;&|])ngctl\s.*-[a-z]*f\s*-/.test(text.slice(0, text.indexOf("<<")));
    if (isNgctl) this.#session++;
    else this.#ignore(line, text, "input of another program");
    let i = from + 1;
    for (; i < this.#lines.length; i++) {
      let body = this.#lines[i]!;
      if (dash === "-") body = body.replace(/^\t+/, "");
      if (body.trimEnd() === end) break;
      if (!isNgctl || body.startsWith("#")) continue;
      this.#add(
        i + 1,
        blankSeparated(quote === "" ? expandVariables(body, this.#variables) : body),
        this.#session,
        true,
      );
    }
    return i;
  }

  #ignore(line: number, text: string, reason: string): void {
    this.#ignored.push({ line, text: text.trim().slice(0, 200), reason });
  }
}

/** The command behind ngctl's own options; undefined when `-f` names a file. */
function afterOptions(args: readonly string[]): readonly string[] | undefined {
  let at = 0;
  for (; at < args.length && args[at]!.startsWith("-") && args[at] !== "-"; at++) {
    if (args[at] === "--") return args.slice(at + 1);
    if (/^-d*f/.test(args[at]!)) return undefined;
    if (/^-d*n$/.test(args[at]!)) at++;
  }
  return args.slice(at);
}
