import { blankSeparated, shownCommand } from "../shell/ngctl-command.ts";
import { notRun } from "../shell/not-run.ts";
import { runNode } from "../shell/run-node.ts";
import { runWords } from "../shell/run-words.ts";
import { Shell } from "../shell/shell.ts";
import type { ShellHost } from "../shell/shell-host.ts";
import { loadSyntax } from "../shell/syntax.ts";
import { linesOf, NOTHING_NOTED, readLines } from "./read-lines.ts";
import type { Script } from "./script-line.ts";

export interface ReadScriptOptions {
  /** ngctl's command words in full; a line of a transcript that begins with one is a command. */
  readonly verbs: readonly string[];
  /** Machine that shell scripts are run on, to know how their conditions turn out. */
  readonly host: ShellHost;
  /** Values of shell variables that the script does not set, or sets to what only the machine knows. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Arguments of the script: `$1` and so on. Without them, they are values that are not known. */
  readonly args?: readonly string[];
}

const INTERACTIVE = /^\s*\+\s+(?=\S)/;
/** A shell's prompt before a command that concerns the graph: `# `, `$ sudo `, `root@host:~ # `. */
const PROMPTED =
  /^(?:[^\s#$%>]{0,64}\s?[^\s#$%>]{0,64}\s*[#$%>]\s+)(?:sudo\s+|doas\s+)?(?=(?:\S*\/)?(?:ngctl|kldload|kldunload)\b)/;
const SHELL_COMMAND = /^\s*(?:sudo\s+|doas\s+)?(?:\S*\/)?(?:ngctl|kldload|kldunload)(?:\s|$)/;
/** ngctl somewhere in a line of a shell script: behind `if !`, `|`, `$(`, another program. */
const NGCTL = /(?:^|[\s;&|(`"'/!={])ngctl["']?(?=\s|$)/;
const PIPED = /\|[^|]*\bngctl\s+-/;
const ASSIGNMENT = /^\s*(?:export\s+|local\s+)?[A-Za-z_]\w*=/;
const HEREDOC = /<<-?\s*(["']?)(\w+)\1/;
/** An ngctl that the lines below it are typed into. */
const BARE_NGCTL = /^\s*(?:sudo\s+|doas\s+)?(?:\S*\/)?ngctl\s*$/;
const SHEBANG = /^#!\s*(?:\S*\/env\s+(?:-\S+\s+)*)?(?:\S*\/)?([\w.-]+)/;
const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"]);

/**
 * Finds the commands that a script sends to ngctl: a file for `ngctl -f`, a shell or rc.d script, which is run on the
 * host that is given, or text pasted from a terminal with its prompts (`# ngctl`, `+ mkpeer …`) and output.
 */
export async function readScript(text: string, options: ReadScriptOptions): Promise<Script> {
  const lines = linesOf(text);
  const firstWord = (line: string): string => line.trim().split(/\s+/, 1)[0]!;
  const verbLine = lines.some((line) => options.verbs.includes(firstWord(line)));
  const bare = lines.some((line) => SHELL_COMMAND.test(line));
  const typed = lines.some((line) => INTERACTIVE.test(line));
  // In a file for ngctl, `# ngctl …` is a comment.
  const prompted = !bare && lines.some((line) => PROMPTED.test(line) && !(verbLine && line.startsWith("#")));
  const interpreter = SHEBANG.exec(text)?.[1];
  if (interpreter !== undefined && !SHELLS.has(interpreter)) {
    const reason = `a script for ${interpreter}: shell scripts and lines for ngctl are understood`;
    return { style: "shell", commands: [], ...NOTHING_NOTED, unclear: [{ line: 1, text: lines[0]!, reason }] };
  }
  if (typed || prompted || (verbLine && lines.some((line) => BARE_NGCTL.test(line)))) {
    // Where a person typed after `+ `, other lines are what ngctl answered: its list of commands looks like commands.
    return readTranscript(lines, { ...options, verbs: typed ? [] : options.verbs }, !bare);
  }
  const shell =
    interpreter !== undefined ||
    bare ||
    lines.some((line) => (options.verbs.includes(firstWord(line)) ? PIPED : NGCTL).test(line) && !/^\s*#/.test(line));
  return shell ? readShell(lines.join("\n"), options, interpreter === "bash") : readLines(text);
}

async function newShell({ host, verbs, variables = {}, args }: ReadScriptOptions, bash: boolean): Promise<Shell> {
  const given = Object.keys(variables).filter((name) => /^[1-9]\d*$/.test(name));
  // `--set 1=em0` says of itself that there is one argument, if no number is left out.
  const complete = given.length > 0 && given.every((_name, i) => variables[String(i + 1)] !== undefined);
  const words = args ?? (complete ? given.map((_name, i) => variables[String(i + 1)]!) : undefined);
  const syntax = await loadSyntax();
  return new Shell({ host, syntax, verbs, variables, args: words, bash }, { node: runNode, words: runWords });
}

async function readShell(text: string, options: ReadScriptOptions, bash: boolean): Promise<Script> {
  const shell = await newShell(options, bash);
  const tree = await shell.run(text);
  return { ...scriptOf(shell), notRun: notRun(shell, tree, shell.options.syntax) };
}

function scriptOf({ commands, ignored, assumed, unclear, ended }: Shell): Script {
  return {
    style: "shell",
    commands,
    ignored: ignored.sorted(),
    assumed: assumed.sorted(),
    unclear: unclear.sorted(),
    notRun: [],
    ended,
  };
}

/** Text of a terminal: commands of a shell behind its prompt, commands of one ngctl behind `+`, and output. */
async function readTranscript(lines: readonly string[], options: ReadScriptOptions, prompts: boolean): Promise<Script> {
  const shell = await newShell(options, false);
  const verbs = new Set(options.verbs);
  /** Session of the interactive ngctl, 0 before the first line typed into one. */
  let session = 0;
  const type = async (line: number, text: string): Promise<void> => {
    const words = blankSeparated(text);
    if (words.length === 0) return;
    if (session === 0) session = shell.nextSession();
    const command = { line, text: shownCommand(words), words, kind: "ngctl", session, stopsAtFailure: false } as const;
    await options.host.run(shell.add(command));
  };
  for (let i = 0; i < lines.length; i++) {
    const raw = lines[i]!;
    const line = i + 1;
    if (INTERACTIVE.test(raw)) {
      await type(line, raw.replace(INTERACTIVE, ""));
      continue;
    }
    let text = prompts ? raw.replace(PROMPTED, "") : raw;
    if (text.trim() === "" || /^\s*#/.test(text) || BARE_NGCTL.test(text)) continue;
    while (text.endsWith("\\") && i + 1 < lines.length) text += `\n${lines[++i]!}`;
    if (verbs.has(blankSeparated(text)[0]!)) {
      await type(line, text.replaceAll("\\\n", " "));
    } else if (text !== raw || SHELL_COMMAND.test(text) || ASSIGNMENT.test(text)) {
      const end = HEREDOC.exec(text)?.[2];
      while (end !== undefined && i + 1 < lines.length) {
        text += `\n${lines[++i]!}`;
        if (lines[i]!.trim() === end) break;
      }
      await shell.run(text, line);
    } else {
      shell.ignored.add(line, raw, "output, or another program");
    }
  }
  return scriptOf(shell);
}
