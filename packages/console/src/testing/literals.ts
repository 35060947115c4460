import { parse } from "svelte/compiler";

/** A text in the markup of a component that a reader sees or hears in one language only. */
export interface Literal {
  readonly text: string;
  /** Offset in the component. */
  readonly at: number;
}

/** Attributes whose text is shown or read aloud. */
const SEEN = new Set([
  "aria-label",
  "aria-description",
  "aria-valuetext",
  "alt",
  "label",
  "placeholder",
  "title",
  "brief",
]);
/** Parts of a component without a text that is seen. */
const UNSEEN = new Set(["Comment", "StyleSheet", "Script", "StyleDirective", "ClassDirective"]);
/** Two letters in a row: a word. */
const WORD = /\p{L}{2}/u;
/** Names that are the same in every language. */
const NAMES = new Set(["ngflow"]);

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly data?: string;
  readonly start?: number;
  readonly [key: string]: unknown;
}

/** The literals of a component: text between tags, and text of attributes that are seen, also within expressions. */
export function literalsOf(source: string): Literal[] {
  const found: Literal[] = [];
  const note = (text: string, at: number): void => {
    if (WORD.test(text) && !NAMES.has(text.trim())) found.push({ text: text.trim(), at });
  };
  const visit = (node: unknown, isSeen: boolean): void => {
    if (Array.isArray(node)) return node.forEach((one) => visit(one, isSeen));
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const { type, name, data, start = 0, ...rest } = node as Node;
    if (UNSEEN.has(type)) return;
    if (type === "Text") {
      if (isSeen) note(data ?? "", start);
      return;
    }
    if (type === "Attribute") return visit(rest["value"], SEEN.has(name ?? ""));
    // Of an expression that is shown, the strings that are its value: not those it compares or calls with.
    if (type === "ExpressionTag") return visitValue(rest["expression"], isSeen);
    if (type === "RegularElement" && (name === "code" || name === "pre")) isSeen = false;
    for (const child of Object.values(rest)) visit(child, isSeen);
  };
  const visitValue = (node: unknown, isSeen: boolean): void => {
    if (!isSeen || typeof node !== "object" || node === null) return;
    const { type, start = 0, ...rest } = node as Node;
    if (type === "Literal" && typeof rest["value"] === "string") note(rest["value"], start);
    if (type === "TemplateLiteral") {
      for (const part of rest["quasis"] as { value: { cooked: string }; start: number }[])
        note(part.value.cooked, part.start);
    }
    if (type === "ConditionalExpression")
      for (const part of ["consequent", "alternate"]) visitValue(rest[part], isSeen);
    if (type === "LogicalExpression") for (const part of ["left", "right"]) visitValue(rest[part], isSeen);
  };
  visit(parse(source, { modern: true }).fragment, true);
  return found;
}
