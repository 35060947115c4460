import type { Assignment, Command, SyntaxNode, Word } from "unbash";
import { runAndOr, runCase, runIf, runPipeline } from "./branches.ts";
import type { Context, Status } from "./context.ts";
import { runTest } from "./double-brackets.ts";
import { runCountingFor, runFor, runWhile } from "./loops.ts";
import { redirected } from "./redirections.ts";
import type { Shell } from "./shell.ts";

/** Runs a part of a script. Returns its exit status. */
export async function runNode(shell: Shell, node: SyntaxNode, context: Context): Promise<Status> {
  switch (node.type) {
    case "Statement":
      return shell.node(node.command, context);
    case "Command":
      return runSimple(shell, node, context);
    case "AndOr":
      return runAndOr(shell, node.commands, node.operators, context);
    case "Pipeline":
      return runPipeline(shell, node, context);
    case "If":
      return runIf(shell, node, context);
    case "While":
      return runWhile(shell, node, context);
    case "For":
      return runFor(shell, node, context);
    case "ArithmeticFor":
      return runCountingFor(shell, node, context);
    case "Case":
      return runCase(shell, node, context);
    case "Function":
      shell.define(node);
      return 0;
    case "CompoundList":
      return shell.list(node.commands, context);
    case "BraceGroup":
      return shell.list(node.body.commands, context);
    case "Subshell":
      return shell.subshell(() => shell.list(node.body.commands, context));
    case "Redirected":
      return shell.node(node.command, await redirected(shell, node.redirects, context));
    case "TestCommand":
      return statusOf(await runTest(shell, node.expression));
    case "ArithmeticCommand": {
      const value = node.expression === undefined ? undefined : await shell.expander.number(node.expression);
      return value === undefined ? undefined : Number(value === 0);
    }
    default:
      shell.unclear.add(
        shell.lineOf(node.pos),
        shell.textOf(node),
        `a shell construct that is not understood (${node.type})`,
      );
      return undefined;
  }
}

async function runSimple(shell: Shell, node: Command, context: Context): Promise<Status> {
  shell.ran.add(node);
  shell.line = shell.lineOf(node.pos);
  shell.span = shell.lineOf(node.end) - shell.line;
  shell.context = context;
  shell.substituted = 0;
  const words: string[] = node.name === undefined ? [] : await shell.expander.fields(node.name);
  for (const arg of node.args) {
    if (arg.type === "Word") words.push(...(await shell.expander.fields(arg)));
    else words.push(`${arg.name}${arg.append === true ? "+=" : "="}${await assignmentText(shell, arg)}`);
  }
  const inner = await redirected(shell, node.redirects, context);
  const before = new Map<string, string | undefined>();
  for (const part of node.prefix) {
    if (part.type !== "Assignment") continue;
    before.set(part.name, shell.state.variables.get(part.name));
    if (part.value.type === "ArrayValue") await assignArray(shell, part.name, part.value.elements);
    else await assignPart(shell, part);
  }
  if (words.length === 0) return shell.substituted;
  shell.line = shell.lineOf(node.pos);
  shell.span = shell.lineOf(node.end) - shell.line;
  try {
    return await shell.runWords(words, inner, shell.textOf(node));
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) shell.state.variables.delete(name);
      else shell.state.variables.set(name, value);
    }
  }
}

async function assignmentText(shell: Shell, { value }: { readonly value: { readonly type: string } }): Promise<string> {
  return value.type === "Word" ? shell.expander.text(value as Word) : "";
}

async function assignPart(shell: Shell, part: Assignment): Promise<void> {
  const text = await assignmentText(shell, part);
  const old = part.append === true ? (shell.expander.value(part.name) ?? "") : "";
  shell.expander.assign(part.name, old + text);
}

async function assignArray(shell: Shell, name: string, elements: readonly Word[]): Promise<void> {
  const values: string[] = [];
  for (const element of elements) values.push(...(await shell.expander.fields(element)));
  shell.state.arrays.set(name, values);
  shell.state.variables.delete(name);
}

function statusOf(holds: boolean | undefined): Status {
  return holds === undefined ? undefined : Number(!holds);
}
