/** Longest text of a name. */
export const MAX_TEXT = 200;

/** Control characters and line breaks: they would change what a terminal or a table shows. */
// oxlint-disable-next-line eslint/no-control-regex -- these are what is replaced
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A text as it is shown: trimmed, without control characters, of bounded length. */
export function nameText(text: unknown): string {
  if (typeof text !== "string" && typeof text !== "number") return "";
  return String(text).replaceAll(CONTROL, " ").trim().slice(0, MAX_TEXT);
}
