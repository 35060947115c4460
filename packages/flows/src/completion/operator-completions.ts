import { namedByName } from "../names/named-value.ts";
import type { FilterField } from "../query/fields.ts";
import { valueByName } from "../query/value-by-name.ts";
import type { Completion } from "./completion.ts";

const OPERATOR_MEANINGS = {
  "=": "is the value, in the range, or one of the list",
  "!=": "is not",
  in: "is one of the list",
  "not in": "is not one of the list",
  "<": "is less",
  "<=": "is less or equal",
  ">": "is greater",
  ">=": "is greater or equal",
  "<<": "is in the prefix",
  "!<<": "is not in the prefix",
  has: "has all of these flags",
  "~": "has a name like the pattern",
  "!~": "has no name like the pattern",
} as const;
type OperatorText = keyof typeof OPERATOR_MEANINGS;

const EQUAL: readonly OperatorText[] = ["=", "!=", "in", "not in"];
const ORDERED: readonly OperatorText[] = ["<", "<=", ">", ">="];

/** The operators that a field takes. */
export function operatorCompletions({ columns }: FilterField): readonly Completion[] {
  const isName = namedByName(columns[0]!) !== undefined;
  const { kind, names, show } = valueByName(columns[0]!);
  const texts: OperatorText[] = [...EQUAL];
  if (kind === "ip") texts.push("<<", "!<<");
  else if (!isName) texts.push(...ORDERED);
  if (show?.as === "flags") texts.unshift("has");
  if (names !== undefined || isName) texts.push("~", "!~");
  return texts.map((text) => ({ text, kind: "operator", detail: OPERATOR_MEANINGS[text] }));
}
