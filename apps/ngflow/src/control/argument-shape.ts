/** Form of a message's arguments, parsed from its description: `{ iface=uint16 list=uint8[8] }`. */
export type Shape =
  | { readonly kind: "struct"; readonly label: string; readonly fields: ReadonlyMap<string, Shape> }
  | { readonly kind: "array"; readonly label: string; readonly element: Shape }
  | { readonly kind: "scalar"; readonly label: string };

const LABEL_TOKENS = /[{}]|\[\d*\]|[^\s={}[\]]+=?/g;

/** The form that the label of an argument type (`ParseType.label`) describes; a scalar for an empty one. */
export function shapeOf(label: string): Shape {
  return readShape(label.match(LABEL_TOKENS) ?? [], 0).shape;
}

function readShape(tokens: readonly string[], from: number): { shape: Shape; end: number } {
  let at = from;
  let shape: Shape = { kind: "scalar", label: tokens[at] ?? "" };
  if (tokens[at] === "{") {
    const fields = new Map<string, Shape>();
    for (at++; at < tokens.length && tokens[at] !== "}";) {
      const field = readShape(tokens, at + 1);
      fields.set(tokens[at]!.replace(/=$/, ""), field.shape);
      at = field.end;
    }
    const inside = [...fields].map(([name, { label }]) => `${name}=${label} `).join("");
    shape = { kind: "struct", label: `{ ${inside}}`, fields };
  }
  for (at++; /^\[\d*\]$/.test(tokens[at] ?? ""); at++)
    shape = { kind: "array", label: `${shape.label}${tokens[at]}`, element: shape };
  return { shape, end: at };
}

/** A value that the arguments of a message have: names of the structs' fields that lead to it, and its type. */
export interface ArgumentField {
  /** Empty where the arguments are one value. */
  readonly path: readonly string[];
  readonly type: string;
}

/** The values of arguments, for a form: structs are taken apart, arrays are one value. */
export function argumentFields(label: string): ArgumentField[] {
  return label === "" ? [] : fieldsOf(shapeOf(label), []);
}

function fieldsOf(shape: Shape, path: readonly string[]): ArgumentField[] {
  if (shape.kind !== "struct") return [{ path, type: shape.label }];
  return [...shape.fields].flatMap(([name, field]) => fieldsOf(field, [...path, name]));
}
