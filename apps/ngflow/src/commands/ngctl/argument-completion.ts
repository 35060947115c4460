import { type Shape, shapeOf } from "../../control/argument-shape.ts";

/** A struct or array that has been opened and not closed. */
interface Open {
  readonly shape: Exclude<Shape, { kind: "scalar" }>;
  readonly given: Set<string>;
}

const TYPED_TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]=]|[^\s{}[\]="]+/g;

/**
 * What may come next in the arguments of a message: fields that are missing so far, and brackets.
 * @param label form of the arguments, empty when there are none.
 * @param words those typed so far.
 * @param last the word being typed, which every candidate begins with.
 */
export function argumentCandidates(label: string, words: readonly string[], last: string): string[] {
  if (label === "") return [];
  const begun = /[^{}[\]=]*$/.exec(last)!.index;
  const typed = [...words, last.slice(0, begun)].join(" ");
  const candidates = next(shapeOf(label), typed.match(TYPED_TOKENS) ?? []).filter((candidate) => candidate !== "");
  return candidates.map((candidate) => last.slice(0, begun) + candidate);
}

function next(root: Shape, typed: readonly string[]): string[] {
  const open: Open[] = [];
  let expected: Shape | undefined = root;
  let word = "";
  const after = (): Shape | undefined => {
    const shape = open.at(-1)?.shape;
    return shape?.kind === "array" ? shape.element : undefined;
  };
  for (const token of typed) {
    if (token === "{" || token === "[") {
      if (expected?.kind !== (token === "{" ? "struct" : "array")) return [];
      open.push({ shape: expected, given: new Set() });
      expected = after();
    } else if (token === "}" || token === "]") {
      open.pop();
      expected = after();
    } else if (token === "=") {
      const top = open.at(-1);
      if (top?.shape.kind !== "struct") continue;
      top.given.add(word);
      expected = top.shape.fields.get(word);
    } else {
      word = token;
      expected = after();
    }
  }
  const top = open.at(-1);
  if (top === undefined) return typed.length === 0 ? [opening(root)] : [];
  if (top.shape.kind === "array") return [opening(top.shape.element), "] "];
  if (expected !== undefined) return [opening(expected)];
  const left = [...top.shape.fields].filter(([name]) => !top.given.has(name));
  return [...left.map(([name, shape]) => `${name}=${opening(shape)}`), "} "];
}

/** How a value of a shape begins. */
function opening(shape: Shape): string {
  return shape.kind === "struct" ? "{ " : shape.kind === "array" ? "[ " : "";
}
