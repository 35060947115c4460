import { options, regularExpression, type Filtered } from "./filter-tools.ts";
import type { TextLine } from "./shell-text.ts";
import { isUnknown } from "./unknowns.ts";

const RULE =
  /^\s*(?:\/(?<pattern>(?:[^/\\]|\\.)*)\/|NR\s*(?<order>==|>=|<=|>|<)\s*(?<number>\d+)|\$(?<field>\d+|NF)\s*(?<compare>==|!=|~|!~)\s*(?:"(?<text>[^"]*)"|\/(?<like>(?:[^/\\]|\\.)*)\/))?\s*(?:\{\s*print(?<what>[^;{}]*?)\s*(?:;\s*(?<exit>exit))?;?\s*\})?\s*$/;

/**
 * `awk '/pattern/ { print $1, "text" $2 }'`: one rule, whose condition is a pattern, a line number or a comparison of a
 * field, and whose action prints fields and texts. Undefined for anything else.
 */
export function awk(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const { flags, words } = options(args, "Fv");
  if (words.length !== 1 || flags.has("v") || isUnknown(words[0]!)) return undefined;
  if (lines.some(({ text }) => isUnknown(text))) return undefined;
  const groups = RULE.exec(words[0]!)?.groups;
  if (groups === undefined || words[0]!.trim() === "") return undefined;
  const separator = flags.get("F");
  const several = separator !== undefined && separator.length > 1;
  const expression = several ? regularExpression(separator, true, lines) : undefined;
  if (several && expression === undefined) return undefined;
  const print = printer(groups["what"]);
  const condition = conditionOf(groups, lines);
  if (print === undefined || condition === undefined) return undefined;
  const result: TextLine[] = [];
  for (const [i, { text, line }] of lines.entries()) {
    const fields = fieldsOf(text, separator, expression);
    if (!condition(text, fields, i + 1)) continue;
    result.push({ text: print(text, fields), line });
    if (groups["exit"] !== undefined) break;
  }
  return { lines: result, status: 0 };
}

function fieldsOf(text: string, separator: string | undefined, expression: RegExp | undefined): string[] {
  if (separator === undefined || separator === " ") return text.split(/\s+/).filter(Boolean);
  return text.split(expression ?? separator);
}

const field = (name: string, text: string, fields: readonly string[]): string =>
  name === "0" ? text : ((name === "NF" ? fields.at(-1) : fields[Number(name) - 1]) ?? "");

type Condition = (text: string, fields: readonly string[], number: number) => boolean;

function conditionOf(
  groups: Readonly<Record<string, string | undefined>>,
  lines: readonly TextLine[],
): Condition | undefined {
  const { pattern, order, number, field: name, compare, text: value, like } = groups;
  if (pattern !== undefined) {
    const expression = regularExpression(pattern.replaceAll("\\/", "/"), true, lines);
    return expression === undefined ? undefined : (text) => expression.test(text);
  }
  if (order !== undefined) {
    const n = Number(number);
    const holds: Readonly<Record<string, (i: number) => boolean>> = {
      "==": (i) => i === n,
      ">=": (i) => i >= n,
      "<=": (i) => i <= n,
      ">": (i) => i > n,
      "<": (i) => i < n,
    };
    return (_text, _fields, i) => holds[order]!(i);
  }
  if (name === undefined) return () => true;
  const expression = like === undefined ? undefined : regularExpression(like, true, lines);
  const negated = compare!.startsWith("!");
  if (value !== undefined) return (text, fields) => (field(name, text, fields) === value) !== negated;
  return expression === undefined
    ? undefined
    : (text, fields) => expression.test(field(name, text, fields)) !== negated;
}

/** What `print` writes: fields and quoted texts, joined by commas or side by side. */
function printer(what = ""): ((text: string, fields: readonly string[]) => string) | undefined {
  const list = what.trim();
  if (list === "") return (text) => text;
  const items: ((text: string, fields: readonly string[]) => string)[] = [];
  const item = /\s*(?:(,)|"([^"]*)"|\$(\d+|NF|\(NF\)))\s*/y;
  while (item.lastIndex < list.length) {
    const match = item.exec(list);
    if (match === null) return undefined;
    const [, comma, quoted, name] = match;
    if (comma !== undefined) items.push(() => " ");
    else if (quoted !== undefined) items.push(() => quoted.replaceAll("\\t", "\t").replaceAll("\\n", "\n"));
    else items.push((text, fields) => field(name!.replaceAll(/[()]/g, ""), text, fields));
  }
  return (text, fields) => items.map((each) => each(text, fields)).join("");
}
