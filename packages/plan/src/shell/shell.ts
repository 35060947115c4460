import type {
  Command,
  CommandExpansionPart,
  Function as ShellFunction,
  ParsedScript,
  Statement,
  SyntaxNode,
} from "unbash";
import { type Context, LoopControl, ShellExit, ShellReturn, type Status } from "./context.ts";
import type { TestScope } from "./condition.ts";
import { EffectFinder, type Effects } from "./effects.ts";
import { Expander } from "./expand.ts";
import { ScriptNotes } from "./findings.ts";
import { ShellLimit, ShellWork } from "./limits.ts";
import type { ShellOptions } from "./shell-host.ts";
import { NOWHERE, type Output, ShellState, TERMINAL } from "./shell-state.ts";
import { type ShellInput, ShellText, type TextLine } from "./shell-text.ts";
import { type Source, sourceOf } from "./source.ts";
import { isUnknown, Unknowns, withoutMarks } from "./unknowns.ts";
import type { ScriptCommand, ScriptEnd } from "../script/script-line.ts";

/** Depth of calls, and of texts that are run as commands. */
const MAX_DEPTH = 100;
/** Commands of ngctl that are noted; more are refused by `explain`. */
const MAX_NGCTL = 20_000;

/** What runs the parts of a script: given to the shell, so that each of them can be read without the others. */
export interface Runners {
  /** Runs a part of a script. Returns its exit status. */
  readonly node: (shell: Shell, node: SyntaxNode, context: Context) => Promise<Status>;
  /** Runs the words of a simple command. @param text as it is written. */
  readonly words: (shell: Shell, words: readonly string[], context: Context, text: string) => Promise<Status>;
}

/**
 * Runs a shell script of which only the commands of ngctl have an effect, on a model. Variables, conditions, loops,
 * functions, substitutions, pipes and here-documents are those of the shell; other programs are not run. Where what
 * follows depends on the machine, it takes the branch that works on the graph, and notes so.
 */
export class Shell {
  readonly options: ShellOptions;
  readonly #runners: Runners;
  readonly unknowns = new Unknowns();
  readonly given: ReadonlyMap<string, string>;
  readonly expander: Expander;
  readonly files = new Map<string, ShellText>();
  readonly commands: ScriptCommand[] = [];
  readonly ignored = new ScriptNotes();
  readonly assumed = new ScriptNotes();
  readonly unclear = new ScriptNotes();
  readonly effects: EffectFinder;
  /** Commands of the script that were run. */
  readonly ran = new Set<Command>();
  readonly called = new Set<string>();
  state: ShellState;
  ended: ScriptEnd | null = null;
  /** Line of the command that runs. */
  line = 1;
  /** Lines that it takes in the script. */
  span = 0;
  #source: Source = { text: "", lineOf: () => 1 };
  readonly #functionSources = new WeakMap<ShellFunction, Source>();
  /** Status of the last command substitution, which is that of an assignment. */
  substituted: Status = 0;
  /** Of the command that runs. */
  context: Context = ROOT;
  readonly work = new ShellWork();
  #depth = 0;
  #session = 0;

  constructor(options: ShellOptions, runners: Runners) {
    this.options = options;
    this.#runners = runners;
    this.given = new Map(Object.entries(options.variables));
    this.state = new ShellState(this.given, options.args);
    this.expander = new Expander({
      state: () => this.state,
      unknowns: this.unknowns,
      given: this.given,
      substitute: (part) => this.#substitute(part),
      fail: () => {
        throw new ShellExit(2);
      },
      braces: options.bash,
      work: this.work,
    });
    this.effects = new EffectFinder(() => this.state, options.syntax.forEachChild);
  }

  /** Runs the text of a script, or a line of one. @param firstLine of the text in the script. */
  async run(text: string, firstLine = 1): Promise<ParsedScript> {
    const source = withoutMarks(text);
    const tree = this.options.syntax.parse(source);
    this.#source = sourceOf(source, firstLine);
    this.#noteErrors(tree);
    try {
      await this.list(tree.commands, ROOT);
    } catch (error) {
      if (error instanceof ShellExit) this.ended = { line: this.line, status: error.status ?? null };
      else if (error instanceof ShellLimit) {
        this.unclear.add(this.line, "", error.message);
        this.ended = { line: this.line, status: null };
      } else if (!(error instanceof ShellReturn) && !(error instanceof LoopControl)) throw error;
    }
    return tree;
  }

  /** Line of a place in the text that runs. */
  lineOf(position: number): number {
    return this.#source.lineOf(position);
  }

  /** A part of the script as it is written. */
  textOf(node: { readonly pos: number; readonly end: number }): string {
    return this.#source.text.slice(node.pos, node.end);
  }

  /** Number of a new ngctl. */
  nextSession(): number {
    return ++this.#session;
  }

  /** Adds a command of ngctl, or of a module. Returns it. */
  add(command: ScriptCommand): ScriptCommand {
    if (this.commands.length >= MAX_NGCTL)
      throw new ShellLimit(`more than ${MAX_NGCTL} commands; those after it are left out`);
    this.commands.push(command);
    return command;
  }

  define(node: ShellFunction): void {
    this.state.functions.set(node.name.value, node);
    this.#functionSources.set(node, this.#source);
  }

  write(output: Output, text: string): void {
    this.work.text(text.length);
    const lines = text.split("\n").length - 1;
    output.text?.add(text, this.line, lines <= this.span + 1 && this.span > 0);
  }

  /** Runs a text as the shell's own commands, as `eval` does. */
  async runText(text: string, context: Context): Promise<Status> {
    const { line } = this;
    const before = this.#source;
    this.work.text(text.length);
    this.#enter();
    const tree = this.options.syntax.parse(text);
    this.#source = { text, lineOf: () => line };
    this.#noteErrors(tree);
    try {
      return await this.list(tree.commands, context);
    } finally {
      this.#source = before;
      this.#depth--;
    }
  }

  /** Goes one level deeper: into a function, or a text that is run. @throws ShellLimit */
  #enter(): void {
    if (this.#depth >= MAX_DEPTH) throw new ShellLimit("functions, files or texts call each other without end");
    this.#depth++;
  }

  /** Runs the words of a simple command. @param text as it is written. */
  runWords(words: readonly string[], context: Context, text: string): Promise<Status> {
    return this.#runners.words(this, words, context, text);
  }

  /** Runs something in a subshell. */
  async subshell(run: () => Promise<Status>): Promise<Status> {
    const outer = this.state;
    const inner = outer.copy();
    this.state = inner;
    try {
      return await run();
    } catch (error) {
      if (error instanceof ShellExit) return error.status;
      if (error instanceof ShellReturn) return error.status;
      throw error;
    } finally {
      this.state = outer;
    }
  }

  /** Calls a function of the script. */
  async call(name: string, args: readonly string[], context: Context): Promise<Status> {
    const found = this.state.functions.get(name)!;
    const { state } = this;
    this.#enter();
    this.called.add(name);
    const before = { args: state.args, shifted: state.shifted, source: this.#source };
    state.args = args;
    state.shifted = 0;
    state.hidden.push(new Map());
    this.#source = this.#functionSources.get(found) ?? this.#source;
    try {
      return await this.node(found.body, context);
    } catch (error) {
      if (error instanceof ShellReturn) return error.status;
      throw error;
    } finally {
      this.#depth--;
      this.#source = before.source;
      state.args = before.args;
      state.shifted = before.shifted;
      for (const [variable, value] of state.hidden.pop()!) {
        if (value === undefined) state.variables.delete(variable);
        else state.variables.set(variable, value);
      }
    }
  }

  /**
   * Takes a branch where only the machine knows: the one that goes on rather than ends, else the one that runs ngctl.
   * @param condition as it is written.
   */
  decide(condition: string, line: number, then: Effects, otherwise: Effects): boolean {
    const taken = then.ends === otherwise.ends ? then.ngctl || !otherwise.ngctl : !then.ends;
    if (then.ngctl || otherwise.ngctl || then.ends || otherwise.ends) {
      this.assumed.add(line, condition, `taken as ${taken ? "true" : "false"}: only the machine knows`);
    }
    return taken;
  }

  async list(statements: readonly Statement[], context: Context): Promise<Status> {
    let status: Status = 0;
    for (const { command } of statements) {
      status = await this.node(command, context);
      this.state.status = status;
    }
    return status;
  }

  async node(node: SyntaxNode, context: Context): Promise<Status> {
    this.work.take(1);
    const status = await this.#runners.node(this, node, context);
    this.state.status = status;
    const own = node.type === "Command" || node.type === "Pipeline" || node.type === "Subshell";
    if (own && this.state.stopsAtError && !context.checked && status !== undefined && status !== 0)
      if (node.type !== "Pipeline" || !node.prefixes.some(({ type }) => type === "Negation"))
        throw new ShellExit(status);
    return status;
  }

  async #substitute({ script, text }: CommandExpansionPart): Promise<string> {
    if (script === undefined) return this.unknowns.outputOf(text);
    const written = new ShellText();
    const before = { source: this.#source, line: this.line, span: this.span, context: this.context };
    if (script.source !== undefined) this.#source = { text: script.source, lineOf: () => before.line };
    try {
      const context: Context = { ...before.context, out: { text: written, hidden: false } };
      this.substituted = await this.subshell(() => this.list(script.commands, context));
    } finally {
      this.#source = before.source;
      this.line = before.line;
      this.span = before.span;
      this.context = before.context;
    }
    const output = written.toString().replace(/\n+$/, "");
    return isUnknown(output) && !this.unknowns.isOne(output)
      ? this.unknowns.outputOf(text.replace(/^\$\(|^`|\)$|`$/g, ""))
      : output;
  }

  /** Lines that `read` has taken. */
  inputs = 0;

  /** The next line of an input, for `read`. */
  readLine(input: ShellInput): TextLine | undefined {
    this.inputs++;
    return input.line();
  }

  /** What tests may ask. A file that the script wrote exists; of others only the machine knows. */
  readonly tests: TestScope = {
    fileExists: (path, operator) => {
      const file = this.files.get(path);
      if (file !== undefined) return operator === "-s" ? file.toString() !== "" : !"-d-L-h-p-S".includes(operator);
      if (path === "/dev/null") return operator === "-e" || operator === "-c";
      if (!TEMPORARY.test(path) || !"-e-f-r-s-w-x".includes(operator)) return undefined;
      this.assumed.once(
        this.line,
        `[ ${operator} ${this.unknowns.shown(path)} ]`,
        "false, as before the script has run for the first time",
      );
      return false;
    },
  };

  /** Lines of a file that the script wrote or that can be read; undefined for others. */
  fileLines(path: string): readonly TextLine[] | undefined {
    const own = this.files.get(path);
    if (own !== undefined) {
      this.work.text(own.length);
      return own.lines();
    }
    if (path === "/dev/null") return [];
    if (isUnknown(path)) return undefined;
    const text = this.options.host.readFile(path);
    if (text === undefined) return undefined;
    this.work.text(text.length);
    const lines = withoutMarks(text).split(/\r?\n/);
    if (lines.at(-1) === "") lines.pop();
    return lines.map((each) => ({ text: each, line: this.line }));
  }

  /** A file that the script writes. */
  fileOutput(path: string, append: boolean): Output {
    if (path === "/dev/null") return NOWHERE;
    if (path.startsWith("/dev/")) return TERMINAL;
    let text = append ? this.files.get(path) : undefined;
    if (text === undefined) {
      text = new ShellText();
      this.files.set(path, text);
    }
    return { text, hidden: false };
  }

  #noteErrors({ errors = [] }: ParsedScript): void {
    let last = 0;
    for (const { message, pos } of errors) {
      const line = this.lineOf(pos);
      if (line === last) continue;
      last = line;
      const text = this.#source.text.slice(this.#source.text.lastIndexOf("\n", pos - 1) + 1).split("\n", 1)[0]!;
      this.unclear.add(line, text, `not a shell command: ${message}`);
    }
  }
}

/** Folders of files that scripts write to keep a state. */
const TEMPORARY = /^\/(?:var\/)?(?:tmp|run)\//;

export const ROOT: Context = { input: undefined, out: TERMINAL, err: TERMINAL, checked: false, expected: false };
