import type { SyntaxNode } from "unbash";
import { ScriptNotes, type ScriptNote } from "./findings.ts";
import type { Shell } from "./shell.ts";
import type { Syntax } from "./syntax.ts";

/** The commands of ngctl in a script that were not run, with the reason. */
export function notRun(shell: Shell, tree: SyntaxNode, { forEachChild }: Syntax): ScriptNote[] {
  const notes = new ScriptNotes();
  const visit = (node: SyntaxNode, inside: string | undefined): void => {
    if (node.type === "Command" && !shell.ran.has(node) && shell.effects.runsNgctl(node)) {
      const called = inside === undefined || shell.called.has(inside);
      const reason = called ? "its branch is not taken" : `function ${inside} is not called`;
      notes.add(shell.lineOf(node.pos), shell.textOf(node), reason);
    }
    const name = node.type === "Function" ? node.name.value : inside;
    // Positions in a script of backquotes with escapes are those of another text.
    if (node.type === "CommandExpansion" && node.script?.source !== undefined) return;
    forEachChild(node, (child) => visit(child, name));
  };
  visit(tree, undefined);
  return notes.sorted();
}
