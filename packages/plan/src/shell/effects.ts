import type { Command, SyntaxNode, Word } from "unbash";
import type { ShellState } from "./shell-state.ts";
import type { Syntax } from "./syntax.ts";

/** What a part of a script would do, found without running it. */
export interface Effects {
  /** It runs ngctl, itself or in a function that it calls. */
  readonly ngctl: boolean;
  /** It ends the script or the function. */
  readonly ends: boolean;
}

const ENDS = new Set(["exit", "return", "err"]);

/** Looks at what branches of a script would do. */
export class EffectFinder {
  readonly #state: () => ShellState;
  readonly #children: Syntax["forEachChild"];

  /** @param children of a node of the syntax tree: `forEachChild` of unbash. */
  constructor(state: () => ShellState, children: Syntax["forEachChild"]) {
    this.#state = state;
    this.#children = children;
  }

  of(nodes: readonly SyntaxNode[]): Effects {
    const seen = new Set<string>();
    return {
      ngctl: nodes.some((node) => this.#runsNgctl(node, seen)),
      ends: nodes.some((node) => this.#ends(node, new Set())),
    };
  }

  #runsNgctl(node: SyntaxNode, seen: Set<string>): boolean {
    if (node.type === "Function") return false;
    if (node.type === "Command" && (this.runsNgctl(node) || this.#calls(node, seen))) return true;
    let found = false;
    this.#children(node, (child) => {
      found ||= this.#runsNgctl(child, seen);
    });
    return found;
  }

  /** Whether a command is ngctl, by itself or behind a program like `sudo`. */
  runsNgctl(node: Command): boolean {
    if (node.name === undefined) return false;
    const name = this.#text(node.name);
    if (runs(name)) return true;
    return (
      RUNNERS.has(name.replace(/^.*\//, "")) && node.args.some((arg) => arg.type === "Word" && runs(this.#text(arg)))
    );
  }

  /** Whether a command calls a function that runs ngctl. */
  #calls(node: Command, seen: Set<string>): boolean {
    const name = node.name === undefined ? "" : this.#text(node.name);
    if (name === "run_rc_command") return true;
    const called = this.#state().functions.get(name);
    if (called === undefined || seen.has(name)) return false;
    seen.add(name);
    return this.#runsNgctl(called.body, seen);
  }

  #ends(node: SyntaxNode, seen: Set<string>): boolean {
    switch (node.type) {
      case "Statement":
        return this.#ends(node.command, seen);
      case "CompoundList":
        return node.commands.some((each) => this.#ends(each, seen));
      case "BraceGroup":
        return this.#ends(node.body, seen);
      case "Command": {
        const name = node.name === undefined ? "" : this.#text(node.name);
        if (ENDS.has(name)) return true;
        const called = this.#state().functions.get(name);
        if (called === undefined || seen.has(name)) return false;
        seen.add(name);
        return this.#exits(called.body, seen);
      }
      default:
        return false;
    }
  }

  /** A function ends its caller only by `exit`. */
  #exits(node: SyntaxNode, seen: Set<string>): boolean {
    if (node.type === "Command" && node.name?.value === "return") return false;
    if (node.type === "CompoundList") return node.commands.some((each) => this.#exits(each, seen));
    if (node.type === "Statement") return this.#exits(node.command, seen);
    if (node.type === "BraceGroup") return this.#exits(node.body, seen);
    return this.#ends(node, seen);
  }

  /** A word with the variables that have a value now. */
  #text(word: Word): string {
    const match = /^"?\$\{?(\w+)\}?"?$/.exec(word.text);
    return match === null ? word.value : (this.#state().variables.get(match[1]!) ?? word.value);
  }
}

/** Whether a program, or the words of one in a variable, is ngctl. */
function runs(text: string): boolean {
  return /(?:^|[\s/])ngctl$/.test(text);
}

/** Programs that run the program behind them. */
const RUNNERS: ReadonlySet<string> = new Set([
  ...["sudo", "doas", "env", "nice", "nohup", "time", "command", "exec", "builtin", "timeout", "jexec", "himage"],
  ...["chroot", "setsid", "stdbuf", "lockf", "xargs", "eval"],
]);
