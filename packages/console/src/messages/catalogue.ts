import { type Language, reader } from "../format/reader.ts";

/** A text in every language. */
export type Text = Readonly<Record<Language, string>>;

/** A message: a text, or a function of the values that the text has. */
type Message = string | ((...values: never[]) => string);
type Messages = Readonly<Record<string, Message>>;

/** The same keys; a function takes the same values. */
type Translated<M extends Messages> = {
  readonly [K in keyof M]: M[K] extends (...values: infer Values) => string ? (...values: Values) => string : string;
};

/** A text in the language of the reader. */
export function say(text: Text): string {
  return text[reader().language];
}

/**
 * The messages of an area. Each property is the message in the language of the reader. The compiler refuses a language
 * that lacks a key, has another one, or takes other values.
 */
export function catalogue<const En extends Messages>(texts: {
  readonly en: En;
  readonly ja: Translated<En>;
}): Translated<En> {
  const messages = {};
  for (const key of Object.keys(texts.en)) {
    Object.defineProperty(messages, key, {
      enumerable: true,
      get: () => (texts[reader().language] as Translated<En>)[key],
    });
  }
  return messages as Translated<En>;
}

const PLURALS = new Intl.PluralRules("en");

/** An English count: `1 flow`, `2 flows`. `shown` is the number as text. */
export function counted(count: number, one: string, other: string, shown = String(count)): string {
  return `${shown} ${PLURALS.select(count) === "one" ? one : other}`;
}
