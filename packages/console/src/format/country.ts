import { reader } from "./reader.ts";

/** Name of a country (ISO 3166-1 alpha-2) in the language of the reader; undefined where there is none. */
export function countryName(code: string): string | undefined {
  if (!/^[A-Z]{2}$/.test(code)) return undefined;
  const name = namesIn(reader().language).of(code);
  return name === code ? undefined : name;
}

const known = new Map<string, Intl.DisplayNames>();

function namesIn(language: string): Intl.DisplayNames {
  let names = known.get(language);
  if (!names) known.set(language, (names = new Intl.DisplayNames([language], { type: "region" })));
  return names;
}
