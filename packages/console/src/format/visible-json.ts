/** Characters that JSON escapes or leaves as they are, and that a page would not show or would be confused by. */
const SUSPECT = /\\u00[01]|\\[bfnrt]|[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const INVISIBLE = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Longest text of an answer that is shown. */
const MAX_CHARS = 1000;

/** A text in which control characters are seen: `␛` for an escape, `�` for those without a picture. */
export function visibleText(text: string): string {
  const cut = text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)}…` : text;
  return cut.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? "\u2421" : "\ufffd";
  });
}

/**
 * An answer of the server, JSON, with control characters in names made visible: names of nodes, counters and interfaces
 * may hold any. Without any, which is nearly always, it is the same text.
 */
export function visibleJson(json: string): string {
  return SUSPECT.test(json) ? JSON.stringify(visible(JSON.parse(json))) : json;
}

function visible(value: unknown): unknown {
  if (typeof value === "string") return visibleText(value);
  if (Array.isArray(value)) return value.map(visible);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, property]) => [visibleText(name), visible(property)]));
}
