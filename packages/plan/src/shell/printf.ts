import { MAX_TEXT, ShellLimit } from "./limits.ts";
import { isUnknown } from "./unknowns.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** A text with its backslash sequences replaced, as `printf` and `echo -e` do. */
export function unescapedText(text: string): string {
  return text.replaceAll(/\\(0?[0-7]{1,3}|[^])/g, (all, what: string) =>
    /^[0-7]/.test(what) ? String.fromCharCode(Number.parseInt(what, 8)) : (ESCAPES[what] ?? all),
  );
}

/** What `printf FORMAT ARGUMENT…` prints. The format is used again until all arguments are. */
export function formatted(format: string, args: readonly string[]): string {
  let result = "";
  let at = 0;
  do {
    const before = at;
    result += unescapedText(format).replaceAll(
      /%([-+ 0#]*)(\d*)(?:\.(\d+))?([sdiouxXcb%])/g,
      (_all, ...groups: string[]) => {
        const [flags = "", width = "", precision, kind = "s"] = groups;
        if (kind === "%") return "%";
        return padded(value(kind, args[at++] ?? "", precision), flags, bounded(Number(width)));
      },
    );
    if (result.length > MAX_TEXT) tooLong();
    if (at === before) break;
  } while (at < args.length);
  return result;
}

function value(kind: string, text: string, precision: string | undefined): string {
  if (isUnknown(text)) return text;
  switch (kind) {
    case "s":
      return precision === undefined ? text : text.slice(0, Number(precision));
    case "b":
      return unescapedText(text);
    case "c":
      return text.slice(0, 1);
    default: {
      const number =
        text.startsWith("'") || text.startsWith('"') ? text.codePointAt(1)! : Math.trunc(Number(text) || 0);
      const digits =
        kind === "x"
          ? number.toString(16)
          : kind === "X"
            ? number.toString(16).toUpperCase()
            : kind === "o"
              ? number.toString(8)
              : String(number);
      return precision === undefined ? digits : digits.padStart(bounded(Number(precision)), "0");
    }
  }
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes("-")) return text.padEnd(width);
  return text.padStart(width, flags.includes("0") ? "0" : " ");
}

function bounded(width: number): number {
  return width > MAX_TEXT ? tooLong() : width;
}

function tooLong(): never {
  throw new ShellLimit(`a text of more than ${MAX_TEXT} characters`);
}
