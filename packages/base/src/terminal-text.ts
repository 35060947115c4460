/**
 * Characters on which a terminal acts instead of showing them: control characters (C0, DEL, C1), line and paragraph
 * separators, and those that change the direction of text. Blanks of a text are not among them.
 */
// oxlint-disable-next-line no-control-regex
const ACTED_ON = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const BLANKS = /[\n\t]/g;

/** `\x1b` for an escape, `\u202e` for what is above 255: one notation for all of them. */
function notation(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/**
 * A text for people as a terminal may get it: what would move the cursor, change colours or titles, or hide text is
 * shown as `\x1b` and the like. Line ends and tabs stay.
 */
export function terminalText(text: string): string {
  return text.replace(ACTED_ON, notation);
}

/** The same for a name or value inside a line: line ends and tabs are shown too. */
export function terminalWord(text: string): string {
  return terminalText(text).replace(BLANKS, notation);
}
