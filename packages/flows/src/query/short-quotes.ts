/** Characters of what somebody wrote that a message repeats. */
const SHOWN = 60;
const LONG_QUOTE = new RegExp(`"([^"]{${SHOWN}})[^"]+"`, "g");

/** A message in which what it quotes is short. */
export function withShortQuotes(message: string): string {
  return message.replaceAll(LONG_QUOTE, '"$1…"');
}

/** What somebody wrote, short enough for a message. */
export function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
