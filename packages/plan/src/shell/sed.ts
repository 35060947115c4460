import { options, regularExpression, type Filtered } from "./filter-tools.ts";
import type { TextLine } from "./shell-text.ts";
import { isUnknown } from "./unknowns.ts";

/** A command of sed: substitute, delete or print, of the lines that it applies to. */
interface SedCommand {
  readonly applies: (text: string, index: number, last: number) => boolean;
  readonly run: (text: string) => string | undefined;
  readonly prints: boolean;
}

/** `sed`: `s`, `d`, `p` with a line number, `$` or a pattern before them; undefined for anything else. */
export function sed(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const { flags, words } = options(args, "e");
  const script = flags.get("e") ?? words[0];
  const others = flags.has("e") ? words.length : words.length - 1;
  if (script === undefined || others > 0 || [...flags.keys()].some((flag) => !"neEr".includes(flag))) return undefined;
  if (isUnknown(script) || lines.some(({ text }) => isUnknown(text))) return undefined;
  const commands = read(script, flags.has("E") || flags.has("r"), lines);
  if (commands === undefined) return undefined;
  const result: TextLine[] = [];
  for (const [i, { text: given, line }] of lines.entries()) {
    let text: string | undefined = given;
    for (const command of commands) {
      if (text === undefined || !command.applies(text, i + 1, lines.length)) continue;
      text = command.run(text);
      if (command.prints && text !== undefined) result.push({ text, line });
    }
    if (text !== undefined && !flags.has("n")) result.push({ text, line });
  }
  return { lines: result, status: 0 };
}

const COMMAND =
  /^\s*(?:(?<line>\d+)|(?<last>\$)|\/(?<pattern>(?:[^/\\]|\\.)*)\/)?\s*(?<not>!?)\s*(?:(?<word>[dpq])|s(?<mark>[^\w\s\\])(?<rest>.*))\s*$/s;

function read(script: string, extended: boolean, lines: readonly TextLine[]): SedCommand[] | undefined {
  const commands: SedCommand[] = [];
  for (const part of parts(script)) {
    const groups = COMMAND.exec(part)?.groups;
    if (groups === undefined) return undefined;
    const { line, last, pattern, not, word, mark, rest } = groups;
    const expression =
      pattern === undefined ? undefined : regularExpression(pattern.replaceAll("\\/", "/"), extended, lines);
    if (pattern !== undefined && expression === undefined) return undefined;
    const here = (text: string, index: number, end: number): boolean =>
      line !== undefined
        ? index === Number(line)
        : last !== undefined
          ? index === end
          : (expression?.test(text) ?? true);
    const applies: SedCommand["applies"] = (text, index, end) => here(text, index, end) !== (not === "!");
    if (word === "q") return undefined;
    if (word !== undefined) {
      commands.push({ applies, run: (text) => (word === "d" ? undefined : text), prints: word === "p" });
      continue;
    }
    const [from, to, flags = ""] = split(rest!, mark!);
    const found = regularExpression(
      from,
      extended,
      lines,
      `${flags.includes("g") ? "g" : ""}${/i/i.test(flags) ? "i" : ""}`,
    );
    if (found === undefined || to === undefined || /[^gpiI]/.test(flags)) return undefined;
    const by = to
      .replaceAll("$", "$$$$")
      .replaceAll(/\\(\d)|(?<!\\)&/g, (_all, n?: string) => (n === undefined ? "$&" : `$${n}`));
    const plain = by.replaceAll(/\\([^\d])/g, "$1");
    commands.push({ applies, run: (text) => text.replace(found, plain), prints: flags.includes("p") });
  }
  return commands;
}

/** Commands between `;` and line ends, but not those inside of a substitution. */
function parts(script: string): string[] {
  const found: string[] = [];
  let rest = script;
  while (rest.trim() !== "") {
    const match = /^[\s;]*(?:[^;\n]*?s([^\w\s\\])(?:(?!\1)[^\\]|\\.)*\1(?:(?!\1)[^\\]|\\.)*\1[gpiI]*|[^;\n]+)/s.exec(
      rest,
    );
    if (match === null) break;
    found.push(match[0].replace(/^[\s;]+/, ""));
    rest = rest.slice(match[0].length).replace(/^\s*[;\n]?/, "");
  }
  return found;
}

function split(text: string, mark: string): [string, string | undefined, string | undefined] {
  const fields = [""];
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && text[i + 1] === mark) fields[fields.length - 1] += text[++i]!;
    else if (text[i] === "\\") fields[fields.length - 1] += text[i]! + (text[++i] ?? "");
    else if (text[i] === mark) fields.push("");
    else fields[fields.length - 1] += text[i]!;
  }
  return [fields[0]!, fields[1], fields[2]];
}
