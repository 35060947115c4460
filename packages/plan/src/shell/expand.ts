import type { ArithmeticExpression, CommandExpansionPart, ParameterExpansionPart, Word, WordPart } from "unbash";
import { evaluate, shellNumber } from "./arithmetic.ts";
import type { ShellWork } from "./limits.ts";
import { removed, replaced } from "./patterns.ts";
import type { ShellState } from "./shell-state.ts";
import { isOutput, isUnknown, type Unknowns } from "./unknowns.ts";

export interface ExpanderDeps {
  readonly state: () => ShellState;
  readonly unknowns: Unknowns;
  /** Values that the user has given, for what the script does not set to a known value. */
  readonly given: ReadonlyMap<string, string>;
  /** What a command substitution prints, without the line ends behind it. */
  readonly substitute: (part: CommandExpansionPart) => Promise<string>;
  /** Ends the script: `${x:?message}` of a parameter that is empty. */
  readonly fail: () => never;
  /** Whether `{a,b}` is expanded: bash does, FreeBSD's sh does not. */
  readonly braces: boolean;
  /** What the script has taken, and may take. */
  readonly work: ShellWork;
}

/** A part of a word after expansion. */
interface Piece {
  readonly text: string;
  /** Blanks in it separate words. */
  readonly splits: boolean;
  /** Words of their own: `"$@"`. */
  readonly fields?: readonly string[];
}

const plain = (text: string): Piece => ({ text, splits: false });

/** Expands words as a shell does; values that are not known stay as marks. */
export class Expander {
  readonly #deps: ExpanderDeps;

  constructor(deps: ExpanderDeps) {
    this.#deps = deps;
  }

  /** The words that one becomes: quotes removed, expansions split at blanks. */
  async fields(word: Word): Promise<string[]> {
    if (word.parts === undefined) return [word.value];
    const found: string[] = [];
    for (const parts of this.#alternatives(word.parts))
      for (const each of split(await this.#pieces(parts), this.#separators())) found.push(each);
    this.#deps.work.words(found.length);
    return found;
  }

  /** A word as one text, as in assignments and after `case`. */
  async text(word: Word): Promise<string> {
    return word.parts === undefined ? word.value : this.partsText(word.parts);
  }

  async partsText(parts: readonly WordPart[]): Promise<string> {
    const pieces = await this.#pieces(parts);
    return pieces.map(({ text, fields }) => fields?.join(" ") ?? text).join("");
  }

  /** A word as a pattern: what is quoted in it stands for itself. */
  async pattern(word: Word): Promise<string> {
    if (word.parts === undefined) return word.text;
    let pattern = "";
    for (const part of word.parts) {
      const text = await this.partsText([part]);
      pattern += part.type.includes("Quoted") ? text.replaceAll(/[*?[\]\\]/g, "\\$&") : text;
    }
    return pattern;
  }

  /** The value of a variable or parameter; undefined when it has none. */
  value(name: string): string | undefined {
    const { unknowns, given } = this.#deps;
    const state = this.#deps.state();
    if (/^[1-9]\d*$/.test(name)) {
      if (state.args !== undefined) return state.args[Number(name) - 1];
      const argument = String(Number(name) + state.shifted);
      return given.get(argument) ?? unknowns.of(argument);
    }
    switch (name) {
      case "@":
      case "*":
        return state.args === undefined ? unknowns.of("@") : state.args.join(" ");
      case "#":
        return state.args === undefined ? unknowns.of("#") : String(state.args.length);
      case "?":
        return state.status === undefined ? unknowns.of("?") : String(state.status);
      case "$":
        return "4711";
      case "-":
        return "";
      default:
        return state.variables.get(name) ?? state.arrays.get(name)?.[0];
    }
  }

  /**
   * Sets a variable. What only the machine knows is named after the variable, so that the user can give it. A value
   * that the user has given takes its place.
   */
  assign(name: string, value: string): void {
    const { given, unknowns } = this.#deps;
    const state = this.#deps.state();
    this.#deps.work.text(value.length);
    let known = value;
    if (isUnknown(value) || value === "") known = given.get(name) ?? value;
    if (isUnknown(known) && unknowns.in(known).some(isOutput)) known = unknowns.of(name);
    state.variables.set(name, known);
    state.arrays.delete(name);
  }

  /** The value of `$(( … ))` as text. @param source as it is written. */
  async arithmetic(expression: ArithmeticExpression | undefined, source: string): Promise<string> {
    if (expression === undefined) return this.#deps.unknowns.outputOf(source);
    const value = await this.number(expression);
    return value === undefined ? this.#deps.unknowns.outputOf(source) : String(value);
  }

  number(expression: ArithmeticExpression): Promise<number | undefined> {
    return evaluate(expression, {
      value: async (word, node) => {
        const parts = node.type === "ArithmeticWord" ? node.parts : undefined;
        const text = parts === undefined ? word : await this.partsText(parts);
        if (isUnknown(text)) return undefined;
        const number = shellNumber(text);
        if (number !== undefined) return number;
        if (!/^[A-Za-z_]\w*$/.test(text)) return undefined;
        const value = this.value(text) ?? "0";
        return isUnknown(value) ? undefined : shellNumber(value);
      },
      assign: (name, value) => this.assign(name, String(value)),
    });
  }

  #separators(): string {
    const value = this.#deps.state().variables.get("IFS");
    return value === undefined || isUnknown(value) ? " \t\n" : value;
  }

  /** The words that braces make of one. */
  #alternatives(parts: readonly WordPart[]): (readonly WordPart[])[] {
    if (!this.#deps.braces) return [parts];
    let found: WordPart[][] = [[]];
    for (const part of parts) {
      const texts = part.type === "BraceExpansion" ? braceTexts(part.text) : undefined;
      if (texts === undefined) {
        for (const each of found) each.push(part);
        continue;
      }
      this.#deps.work.words(found.length * texts.length);
      const literals = texts.map((text): WordPart => ({
        type: "Literal",
        pos: part.pos,
        end: part.end,
        value: text,
        text,
      }));
      found = found.flatMap((before) => literals.map((literal) => [...before, literal]));
    }
    return found;
  }

  async #pieces(parts: readonly WordPart[]): Promise<Piece[]> {
    const pieces: Piece[] = [];
    let length = 0;
    for (const part of parts) {
      for (const piece of await this.#piece(part, false)) {
        pieces.push(piece);
        length += piece.text.length;
        for (const each of piece.fields ?? []) length += each.length;
      }
      this.#deps.work.text(length);
    }
    return pieces;
  }

  async #piece(part: WordPart, quoted: boolean): Promise<Piece[]> {
    switch (part.type) {
      case "Literal":
      case "SingleQuoted":
      case "AnsiCQuoted":
        return [plain(part.value)];
      case "Glob":
      case "ExtendedGlob":
      case "BraceExpansion":
        return [plain(part.text)];
      case "DoubleQuoted":
      case "LocaleString": {
        const pieces: Piece[] = [plain("")];
        let length = 0;
        for (const each of part.parts) {
          for (const piece of await this.#piece(each, true)) {
            pieces.push(piece);
            length += piece.text.length;
          }
          this.#deps.work.text(length);
        }
        // `"$@"` without arguments is no word at all.
        return pieces.length === 2 && pieces[1]!.fields?.length === 0 ? [pieces[1]!] : pieces;
      }
      case "SimpleExpansion":
        return this.#parameter(part.text.slice(1), quoted);
      case "ParameterExpansion":
        return this.#expansion(part, quoted);
      case "CommandExpansion":
        return [{ text: await this.#deps.substitute(part), splits: !quoted }];
      case "ArithmeticExpansion":
        return [plain(await this.arithmetic(part.expression, part.text))];
      case "ProcessSubstitution":
        return [plain(this.#deps.unknowns.outputOf(part.text.slice(2, -1)))];
    }
  }

  #parameter(name: string, quoted: boolean): Piece[] {
    const { args } = this.#deps.state();
    if (name === "@" && quoted && args !== undefined) return [{ text: "", splits: false, fields: args }];
    return [{ text: this.value(name) ?? this.#deps.unknowns.of(name), splits: !quoted }];
  }

  async #expansion(part: ParameterExpansionPart, quoted: boolean): Promise<Piece[]> {
    const { parameter, prefix, index, operation } = part;
    const { unknowns } = this.#deps;
    const array = index === undefined ? undefined : this.#deps.state().arrays.get(parameter);
    if (array !== undefined) {
      const at = await this.text(index!);
      if (at !== "@" && at !== "*") return [{ text: array[Number(at)] ?? "", splits: !quoted }];
      if (prefix === "#") return [plain(String(array.length))];
      return [quoted ? { text: "", splits: false, fields: array } : { text: array.join(" "), splits: true }];
    }
    if (prefix === "!") {
      const name = this.value(parameter);
      return name === undefined || isUnknown(name) ? [plain(unknowns.of(parameter))] : this.#parameter(name, quoted);
    }
    if (prefix === "#") {
      const value = this.value(parameter);
      return [plain(value === undefined || isUnknown(value) ? unknowns.of(parameter) : String(value.length))];
    }
    if (operation === undefined) return this.#parameter(parameter, quoted);
    return [{ text: await this.#operate(parameter, operation), splits: !quoted }];
  }

  async #operate(name: string, operation: NonNullable<ParameterExpansionPart["operation"]>): Promise<string> {
    const { unknowns } = this.#deps;
    let value = this.value(name);
    if (operation.type === "Default") {
      // An argument that is not given is one that the script can do without when it has a default.
      if (value !== undefined && /^\d+$|^@$/.test(name) && isUnknown(value)) value = undefined;
      return this.#default(name, value, operation);
    }
    if (value === undefined || isUnknown(value)) return value ?? unknowns.of(name);
    switch (operation.type) {
      case "Remove": {
        const pattern = await this.pattern(operation.operand);
        return isUnknown(pattern) ? unknowns.of(name) : removed(value, operation.operator, pattern);
      }
      case "Replace": {
        const pattern = await this.pattern(operation.pattern);
        const by = await this.text(operation.replacement);
        return isUnknown(pattern) ? unknowns.of(name) : replaced(value, operation.operator, pattern, by);
      }
      case "Slice": {
        const from = shellNumber(await this.text(operation.offset));
        const length = operation.length === undefined ? undefined : shellNumber(await this.text(operation.length));
        if (from === undefined) return unknowns.of(name);
        const start = from < 0 ? Math.max(0, value.length + from) : from;
        return value.slice(start, length === undefined ? undefined : length < 0 ? length : start + length);
      }
      case "CaseModification": {
        const upper = operation.operator.startsWith("^");
        const head = operation.operator.length === 1 ? 1 : value.length;
        const changed = value.slice(0, head);
        return (upper ? changed.toUpperCase() : changed.toLowerCase()) + value.slice(head);
      }
      default:
        return unknowns.of(name);
    }
  }

  async #default(
    name: string,
    value: string | undefined,
    { operator, operand }: { readonly operator: string; readonly operand: Word },
  ): Promise<string> {
    const has = value !== undefined && (value !== "" || !operator.startsWith(":"));
    switch (operator.at(-1)) {
      case "+":
        return has ? this.text(operand) : "";
      case "-":
        return has ? value : this.text(operand);
      case "=": {
        if (has) return value;
        this.assign(name, await this.text(operand));
        return this.value(name) ?? "";
      }
      default:
        if (has) return value;
        // Whether the machine has a value, only the machine knows.
        if (value === undefined) return this.#deps.unknowns.of(name);
        return this.#deps.fail();
    }
  }
}

/** The texts of `{a,b}` and `{1..3}`; the text itself for anything else. */
function braceTexts(text: string): string[] {
  const inside = text.slice(1, -1);
  const range = /^(-?\d+)\.\.(-?\d+)$/.exec(inside);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    const step = from <= to ? 1 : -1;
    return Array.from({ length: Math.min(1000, Math.abs(to - from) + 1) }, (_, i) => String(from + i * step));
  }
  return inside.includes(",") && !/[{}"'$`]/.test(inside) ? inside.split(",") : [text];
}

/** Words of pieces: those that split do so at the separators, the others never. */
function split(pieces: readonly Piece[], separators: string): string[] {
  const fields: string[] = [];
  let word: string | undefined;
  const end = (): void => {
    if (word !== undefined) fields.push(word);
    word = undefined;
  };
  for (const { text, splits, fields: own } of pieces) {
    if (own !== undefined) {
      for (const [i, each] of own.entries()) {
        if (i > 0) end();
        word = (word ?? "") + each;
      }
    } else if (!splits) {
      word = (word ?? "") + text;
    } else {
      for (const char of text) {
        if (separators.includes(char)) end();
        else word = (word ?? "") + char;
      }
    }
  }
  end();
  return fields;
}
