import { ServiceError } from "../errors.ts";
import { parseRcConf } from "./parse.ts";

/**
 * A value as it is written: in double quotes, as sysrc(8) does. One that holds what a shell would expand there goes
 * into single quotes, so that the file means the same to a shell.
 *
 * @throws NgflowError for a value that does not fit on one line.
 */
export function quoteValue(name: string, value: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) {
    throw new ServiceError("rc-conf-value", `${name}: a value cannot hold a line end or a control character`);
  }
  if (!/["$`\\]/.test(value)) return `"${value}"`;
  return value.includes("'") ? `"${value.replace(/["$`\\]/g, "\\$&")}"` : `'${value}'`;
}

/** The text with the last assignment of a variable replaced, or one appended; everything else stays as it is. */
export function setVariable(text: string, file: string, name: string, value: string): string {
  const assignment = `${name}=${quoteValue(name, value)}`;
  const last = parseRcConf(text, file).findLast((each) => each.name === name);
  if (last !== undefined) return text.slice(0, last.start) + assignment + text.slice(last.end);
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${assignment}\n`;
}

/** The text without a variable. A line with nothing else is removed. */
export function removeVariable(text: string, file: string, name: string): string {
  let rest = text;
  for (const { start, end } of parseRcConf(text, file)
    .filter((each) => each.name === name)
    .toReversed()) {
    const lineStart = rest.lastIndexOf("\n", start - 1) + 1;
    const lineEnd = rest.indexOf("\n", end) < 0 ? rest.length : rest.indexOf("\n", end);
    const remains = rest.slice(lineStart, start) + rest.slice(end, lineEnd).replace(/^[ \t]+/, "");
    rest =
      remains.trim() === ""
        ? rest.slice(0, lineStart) + rest.slice(lineEnd + 1)
        : rest.slice(0, lineStart) + remains + rest.slice(lineEnd);
  }
  return rest;
}
