import type { Case, CompoundList, If, PipelineNode, SyntaxNode } from "unbash";
import type { Context, Status } from "./context.ts";
import type { Effects } from "./effects.ts";
import { matchesPattern } from "./patterns.ts";
import type { Shell } from "./shell.ts";
import { ShellInput, ShellText } from "./shell-text.ts";
import { isUnknown } from "./unknowns.ts";

/** Commands that report a failure: what is in front of them is not expected to fail. */
const REPORTS = /^(?:echo|printf|logger|warn|err|exit|return|false|die|fail)$/;

export async function runAndOr(
  shell: Shell,
  commands: readonly PipelineNode[],
  operators: readonly string[],
  context: Context,
): Promise<Status> {
  let status: Status = 0;
  let skipped = false;
  for (const [i, command] of commands.entries()) {
    const operator = operators[i - 1];
    if (operator !== undefined) {
      const effects = shell.effects.of([command]);
      const none: Effects = { ngctl: false, ends: false };
      const before = commands[i - 1]!;
      const succeeded: boolean =
        status === undefined
          ? shell.decide(
              shell.textOf(before),
              shell.lineOf(before.pos),
              operator === "&&" ? effects : none,
              operator === "&&" ? none : effects,
            )
          : status === 0;
      skipped = succeeded !== (operator === "&&");
      if (status === undefined) status = succeeded ? 0 : 1;
    }
    if (skipped) continue;
    const last = i === commands.length - 1;
    const rescue = operators.findIndex((each, at) => at >= i && each === "||");
    const expected = context.expected || (rescue >= 0 && tolerates(shell, commands[rescue + 1]!));
    status = await shell.node(command, { ...context, checked: context.checked || !last, expected });
    shell.state.status = status;
  }
  return status;
}

/** Whether a script goes on with something else behind `||`, rather than report a failure. */
function tolerates(shell: Shell, node: PipelineNode): boolean {
  if (node.type !== "Command") return !shell.effects.of([node]).ends;
  const name = node.name?.value.replace(/^.*\//, "") ?? "";
  return !REPORTS.test(name) && !shell.effects.of([node]).ends;
}

/** The last lines of what `ngctl list` prints (reference: netgraph.md §7). */
const TAKES_NEWEST = /\bngctl\b["'}]*\s+l(?:ist?|i|s)?\b[^|]*\|\s*(?:.*\|\s*)?tail\s+(?:-n\s*|-)\d/is;

export async function runPipeline(
  shell: Shell,
  node: Extract<PipelineNode, { type: "Pipeline" }>,
  context: Context,
): Promise<Status> {
  const negated = node.prefixes.filter(({ type }) => type === "Negation").length % 2 === 1;
  const inner = negated ? { ...context, checked: true, expected: true } : context;
  let status: Status = 0;
  if (TAKES_NEWEST.test(shell.textOf(node)))
    shell.assumed.add(
      shell.lineOf(node.pos),
      shell.textOf(node),
      "taken as the newest node; a list is in order of IDs modulo its size, so that on the machine another may be last",
    );
  if (node.commands.length === 1) {
    status = await shell.node(node.commands[0]!, inner);
  } else {
    let { input } = context;
    for (const [i, command] of node.commands.entries()) {
      const last = i === node.commands.length - 1;
      const written = new ShellText();
      const between: Context = {
        ...inner,
        input,
        checked: inner.checked || !last,
        ...(!last && { out: { text: written, hidden: false } }),
      };
      status = await shell.subshell(() => shell.node(command, between));
      input = new ShellInput(written.lines());
    }
  }
  return negated && status !== undefined ? Number(status === 0) : status;
}

export async function runIf(shell: Shell, node: If, context: Context): Promise<Status> {
  const branches: readonly Pick<If, "clause" | "then">[] = [node, ...node.elif];
  for (const [i, { clause, then }] of branches.entries()) {
    const rest: SyntaxNode[] = branches.slice(i + 1).map((each) => each.then);
    if (node.else !== undefined) rest.push(node.else);
    if (await holds(shell, clause, [then], rest, context)) return shell.list(then.commands, context);
  }
  return node.else === undefined ? 0 : shell.list(node.else.commands, context);
}

/** Runs the commands of a condition. */
async function holds(
  shell: Shell,
  clause: CompoundList,
  then: readonly SyntaxNode[],
  otherwise: readonly SyntaxNode[],
  context: Context,
): Promise<boolean> {
  const status = await shell.list(clause.commands, { ...context, checked: true, expected: true });
  if (status !== undefined) return status === 0;
  return shell.decide(
    shell.textOf(clause),
    shell.lineOf(clause.pos),
    shell.effects.of(then),
    shell.effects.of(otherwise),
  );
}

export async function runCase(shell: Shell, node: Case, context: Context): Promise<Status> {
  const word = await shell.expander.text(node.word);
  const at = isUnknown(word) ? likelyItem(shell, node) : await matchingItem(shell, node, word);
  let status: Status = 0;
  for (let i = at; i >= 0 && i < node.items.length; i++) {
    status = await shell.list(node.items[i]!.body.commands, context);
    if (node.items[i]!.terminator !== ";&") break;
  }
  return status;
}

async function matchingItem(shell: Shell, node: Case, word: string): Promise<number> {
  for (const [i, item] of node.items.entries())
    for (const pattern of item.pattern) if (matchesPattern(word, await shell.expander.pattern(pattern))) return i;
  return -1;
}

/** The branch of a word that only the machine knows: the one that starts something, else the first that runs ngctl. */
function likelyItem(shell: Shell, node: Case): number {
  const ngctl = node.items.map((item) => shell.effects.of([item.body]).ngctl);
  const start = node.items.findIndex(
    (item, i) => ngctl[i] === true && item.pattern.some(({ value }) => value.endsWith("start")),
  );
  const at = start >= 0 ? start : ngctl.indexOf(true);
  if (at >= 0) {
    const pattern = node.items[at]!.pattern.map(({ text }) => text).join("|");
    shell.assumed.add(
      shell.lineOf(node.pos),
      `case ${shell.textOf(node.word)}`,
      `taken as ${pattern}: give the script's arguments behind its name`,
    );
  }
  return at;
}
