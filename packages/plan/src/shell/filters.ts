import { awk } from "./awk.ts";
import { sed } from "./sed.ts";
import type { TextLine } from "./shell-text.ts";
import { isUnknown } from "./unknowns.ts";
import { type Filtered, options, regularExpression } from "./filter-tools.ts";

/** A program that reads lines and writes lines; undefined when its options are not understood. */
type Filter = (args: readonly string[], lines: readonly TextLine[]) => Filtered | undefined;

const done = (lines: readonly TextLine[]): Filtered => ({ lines, status: 0 });
const mapped = (lines: readonly TextLine[], change: (text: string) => string): Filtered =>
  done(lines.map(({ text, line }) => ({ text: change(text), line })));

/** Text tools of a Unix shell, as far as scripts around ngctl use them. `files`: arguments that are not files. */
export const FILTERS: Readonly<
  Record<string, { readonly run: Filter; readonly values: string; readonly own: number }>
> = {
  cat: { run: (args, lines) => (args.length === 0 ? done(lines) : undefined), values: "", own: 0 },
  head: { run: (args, lines) => count(args, (n) => lines.slice(0, n)), values: "nc", own: 0 },
  tail: {
    run: (args, lines) =>
      args.join("") === "-r"
        ? done([...lines].reverse())
        : count(args, (n, from) => (from ? lines.slice(n - 1) : n === 0 ? [] : lines.slice(-n))),
    values: "nc",
    own: 0,
  },
  sort: { run: sorted, values: "kt", own: 0 },
  uniq: {
    run: (args, lines) =>
      args.length > 0 ? undefined : done(lines.filter(({ text }, i) => text !== lines[i - 1]?.text)),
    values: "",
    own: 0,
  },
  wc: { run: counted, values: "", own: 0 },
  tr: { run: translated, values: "", own: 2 },
  cut: { run: cutOut, values: "dfc", own: 0 },
  grep: { run: grep, values: "em", own: 1 },
  egrep: { run: (args, lines) => grep(["-E", ...args], lines), values: "em", own: 1 },
  fgrep: { run: (args, lines) => grep(["-F", ...args], lines), values: "em", own: 1 },
  sed: { run: sed, values: "e", own: 1 },
  awk: { run: awk, values: "Fv", own: 1 },
};

function count(args: readonly string[], take: (n: number, from: boolean) => readonly TextLine[]): Filtered | undefined {
  const text = args.join(" ");
  const match = /^(?:-n ?)?(?:-|(?<from>\+))?(?<n>\d+)$|^$/.exec(text);
  if (match === null) return undefined;
  return done(take(Number(match.groups?.["n"] ?? 10), match.groups?.["from"] !== undefined));
}

function sorted(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const { flags, words } = options(args, "kt");
  if (words.length > 0 || [...flags.keys()].some((flag) => !"nru".includes(flag))) return undefined;
  if (lines.some(({ text }) => isUnknown(text))) return undefined;
  const order = flags.has("n")
    ? (a: TextLine, b: TextLine) => Number.parseFloat(a.text) - Number.parseFloat(b.text)
    : (a: TextLine, b: TextLine) => (a.text < b.text ? -1 : Number(a.text > b.text));
  const all = lines.toSorted === undefined ? [...lines].sort(order) : lines.toSorted(order);
  if (flags.has("r")) all.reverse();
  return done(flags.has("u") ? all.filter(({ text }, i) => text !== all[i - 1]?.text) : all);
}

function counted(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const line = lines[0]?.line ?? 0;
  if (args.length !== 1) return undefined;
  if (args[0] === "-l") return done([{ text: String(lines.length).padStart(8), line }]);
  if (args[0] !== "-w") return undefined;
  const words = lines.reduce((sum, { text }) => sum + text.split(/\s+/).filter(Boolean).length, 0);
  return done([{ text: String(words).padStart(8), line }]);
}

/** Characters of a set of tr: ranges, classes and escapes. */
function characters(set: string): string {
  return set
    .replaceAll(/\[:upper:\]/g, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    .replaceAll(/\[:lower:\]/g, "abcdefghijklmnopqrstuvwxyz")
    .replaceAll(/\\([nt\\])/g, (_all, char: string) => (char === "n" ? "\n" : char === "t" ? "\t" : "\\"))
    .replaceAll(/([A-Za-z0-9])-([A-Za-z0-9])/g, (_all, from: string, to: string) =>
      Array.from({ length: Math.max(0, to.charCodeAt(0) - from.charCodeAt(0) + 1) }, (_, i) =>
        String.fromCharCode(from.charCodeAt(0) + i),
      ).join(""),
    );
}

function translated(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  if (lines.some(({ text }) => isUnknown(text))) return undefined;
  const remove = args[0] === "-d";
  const [from, to] = remove ? [args[1], ""] : args;
  if (from === undefined || to === undefined || args.length !== 2) return undefined;
  const [a, b] = [characters(from), characters(to)];
  const whole = lines.map(({ text }) => `${text}\n`).join("");
  const result = Array.from(whole, (char) => {
    const at = a.indexOf(char);
    return at < 0 ? char : remove ? "" : (b[Math.min(at, b.length - 1)] ?? "");
  }).join("");
  const texts = result.split("\n");
  if (texts.at(-1) === "") texts.pop();
  return done(texts.map((text, i) => ({ text, line: lines[Math.min(i, lines.length - 1)]!.line })));
}

function cutOut(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const { flags, words } = options(args, "dfc");
  const blanks = flags.has("w") ? /[ \t]+/ : undefined;
  const [list, delimiter = "\t"] = [flags.get("f") ?? flags.get("c"), flags.get("d")];
  if (list === undefined || words.length > 0 || !/^[\d,-]+$/.test(list)) return undefined;
  if (lines.some(({ text }) => isUnknown(text))) return undefined;
  const separator = flags.has("f") ? delimiter : "";
  const wanted = (n: number): boolean =>
    list.split(",").some((range) => {
      const [from, to = from] = range.split("-");
      return n >= Number(from === "" ? 1 : from) && n <= (to === "" ? Infinity : Number(to));
    });
  return mapped(lines, (text) => {
    if (blanks !== undefined) {
      const fields = text.split(blanks);
      return fields.filter((_, i) => wanted(i + 1)).join("\t");
    }
    if (separator !== "" && !text.includes(separator)) return flags.has("s") ? "" : text;
    return text
      .split(separator)
      .filter((_, i) => wanted(i + 1))
      .join(separator);
  });
}

function grep(args: readonly string[], lines: readonly TextLine[]): Filtered | undefined {
  const { flags, words } = options(args, "em");
  if ([...flags.keys()].some((flag) => !"eEFqvwixcomsh".includes(flag))) return undefined;
  const pattern = flags.get("e") ?? words[0];
  if (pattern === undefined || words.length > (flags.has("e") ? 0 : 1) || isUnknown(pattern)) return undefined;
  if (lines.some(({ text }) => isUnknown(text))) return undefined;
  const literal = flags.has("F") ? pattern.replaceAll(/[^\w\s]/g, "\\$&") : undefined;
  const plain = literal === undefined ? regularExpression(pattern, flags.has("E"), lines) : new RegExp(literal);
  if (plain === undefined) return undefined;
  const source = flags.has("x")
    ? `^(?:${plain.source})$`
    : flags.has("w")
      ? `(?<!\\w)(?:${plain.source})(?!\\w)`
      : plain.source;
  const expression = new RegExp(source, flags.has("i") ? "i" : "");
  let found = lines.filter(({ text }) => expression.test(text) !== flags.has("v"));
  if (flags.has("m")) found = found.slice(0, Number(flags.get("m")));
  const status = found.length > 0 ? 0 : 1;
  if (flags.has("q")) return { lines: [], status };
  if (flags.has("c")) return { lines: [{ text: String(found.length), line: lines[0]?.line ?? 0 }], status };
  if (!flags.has("o")) return { lines: found, status };
  const all = new RegExp(source, `g${flags.has("i") ? "i" : ""}`);
  return {
    lines: found.flatMap(({ text, line }) => (text.match(all) ?? []).map((part) => ({ text: part, line }))),
    status,
  };
}
