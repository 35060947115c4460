import type { CompoundList, For, SyntaxNode, While } from "unbash";
import { type Context, LoopControl, type Status } from "./context.ts";
import type { Shell } from "./shell.ts";
import { isUnknown } from "./unknowns.ts";

/** Rounds of a loop. */
const MAX_ROUNDS = 1000;

export async function runWhile(shell: Shell, node: While, context: Context): Promise<Status> {
  let status: Status = 0;
  const endless = /^\s*(?::|true|\[ 1 \]|\(\( ?1 ?\)\))\s*;?\s*$/.test(shell.textOf(node.clause));
  for (let round = 0; ; round++) {
    const before = progress(shell);
    const asked = await shell.list(node.clause.commands, { ...context, checked: true, expected: true });
    if (asked === undefined) {
      // Once, and only if it does something: how often, only the machine knows.
      const effects = shell.effects.of([node.body]);
      if (round > 0 || !effects.ngctl) return status;
      shell.assumed.add(
        shell.lineOf(node.pos),
        shell.textOf(node.clause),
        "the loop is shown once: only the machine knows how often it runs",
      );
    } else if ((asked === 0) !== (node.kind === "while")) return status;
    const control = await runBody(shell, node.body, context);
    if (control.left) return control.status;
    ({ status } = control);
    if (asked !== undefined && (endless || progress(shell) === before)) {
      shell.assumed.add(
        shell.lineOf(node.pos),
        shell.textOf(node.clause),
        "the loop goes on until something outside of the script changes; one round is shown",
      );
      return status;
    }
    if (round >= MAX_ROUNDS) {
      shell.unclear.add(
        shell.lineOf(node.pos),
        shell.textOf(node.clause),
        `the loop runs more than ${MAX_ROUNDS} times`,
      );
      return status;
    }
  }
}

/** A text that is equal while a loop only waits. */
function progress(shell: Shell): string {
  // A look at all commands and variables is work too.
  shell.work.take(shell.commands.length / 1000);
  const fingerprint = shell.state.fingerprint();
  shell.work.text(fingerprint.length);
  const changing = shell.commands.filter(({ words }) => /^(?:mkp|con|n|rm|sh[^o]|ki)/.test(words[0] ?? ""));
  return `${changing.length} ${fingerprint} ${shell.inputs}`;
}

async function runBody(shell: Shell, body: CompoundList, context: Context): Promise<{ left: boolean; status: Status }> {
  try {
    return { left: false, status: await shell.list(body.commands, context) };
  } catch (error) {
    if (!(error instanceof LoopControl)) throw error;
    if (--error.depth > 0) throw error;
    return { left: error.kind === "break", status: 0 };
  }
}

export async function runFor(shell: Shell, node: For, context: Context): Promise<Status> {
  const words: string[] = [];
  if (node.wordlist === undefined) words.push(...(shell.state.args ?? [shell.unknowns.of("@")]));
  else for (const word of node.wordlist) words.push(...(await shell.expander.fields(word)));
  shell.work.words(words.length);
  let status: Status = 0;
  const name = node.name.value;
  const given = shell.given.get(name);
  for (const word of words.flatMap((each) => (isUnknown(each) && given !== undefined ? given.split(/\s+/) : [each]))) {
    shell.expander.assign(name, word);
    const control = await runBody(shell, node.body, context);
    ({ status } = control);
    if (control.left) break;
  }
  return status;
}

export async function runCountingFor(
  shell: Shell,
  node: Extract<SyntaxNode, { type: "ArithmeticFor" }>,
  context: Context,
): Promise<Status> {
  if (node.initialize !== undefined) await shell.expander.number(node.initialize);
  let status: Status = 0;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const test = node.test === undefined ? 1 : await shell.expander.number(node.test);
    if (test === 0) return status;
    const control = await runBody(shell, node.body, context);
    ({ status } = control);
    if (control.left) return status;
    if (test === undefined) break;
    if (node.update !== undefined) await shell.expander.number(node.update);
  }
  shell.unclear.add(
    shell.lineOf(node.pos),
    shell.textOf(node).split("\n")[0]!,
    "how often the loop runs is not understood",
  );
  return status;
}
