import type { HereDoc, Redirection } from "unbash";
import type { Context } from "./context.ts";
import type { Shell } from "./shell.ts";
import { NOWHERE, TERMINAL } from "./shell-state.ts";
import { ShellInput, ShellText, type TextLine } from "./shell-text.ts";

/** Streams of a command with redirections. */
export async function redirected(shell: Shell, redirects: readonly Redirection[], context: Context): Promise<Context> {
  let { input, out, err } = context;
  for (const redirect of redirects) {
    if (redirect.type === "HereDoc") {
      input = new ShellInput(await documentLines(shell, redirect));
      continue;
    }
    const target = redirect.target === undefined ? "" : await shell.expander.text(redirect.target);
    const number = redirect.descriptor?.type === "FileDescriptor" ? redirect.descriptor.value : undefined;
    const { operator } = redirect;
    if (operator === "<<<") {
      const text = new ShellText();
      text.add(`${target}\n`, shell.line);
      input = new ShellInput(text.lines());
    } else if (operator === "<" || operator === "<>") {
      if ((number ?? 0) === 0) input = new ShellInput(shell.fileLines(target) ?? [unreadable(shell, target)]);
    } else if (operator === "<&") continue;
    else if (operator === ">&" && /^(?:\d+|-)$/.test(target)) {
      const to = target === "-" ? NOWHERE : target === "2" ? err : target === "1" ? out : TERMINAL;
      if ((number ?? 1) === 1) out = to;
      else if (number === 2) err = to;
    } else {
      const to = shell.fileOutput(target, operator.endsWith(">>"));
      const both = operator.startsWith("&") || operator === ">&";
      if (both || (number ?? 1) === 1) out = to;
      if (both || number === 2) err = to;
    }
  }
  return { ...context, input, out, err };
}

function unreadable(shell: Shell, path: string): TextLine {
  return { text: shell.unknowns.outputOf(`cat ${shell.unknowns.shown(path)}`), line: shell.line };
}

async function documentLines(shell: Shell, { operator, delimiter, body }: HereDoc): Promise<TextLine[]> {
  const first = shell.lineOf(body.pos);
  const quoted = delimiter?.quoted === true;
  const raw =
    quoted || body.parts === undefined
      ? quoted
        ? body.text
        : unescaped(body.text)
      : await shell.expander.partsText(body.parts);
  const text = new ShellText();
  text.add(raw, first, true);
  const lines = text.lines();
  return operator === "<<-" ? lines.map((each) => ({ ...each, text: each.text.replace(/^\t+/, "") })) : lines;
}

/** What `\` stands for in a here-document. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([\\$`\n])/g, (_all, char: string) => (char === "\n" ? "" : char));
}
