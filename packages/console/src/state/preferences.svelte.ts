import { type Language, LANGUAGES, type Reader, setReader, type Zone } from "../format/reader.ts";

const KEYS = { language: "ngflow-language", zone: "ngflow-zone" } as const;

function preferred(): Language {
  const stored = localStorage.getItem(KEYS.language) ?? "";
  for (const tag of [stored, ...navigator.languages]) {
    const language = tag.toLowerCase().split("-")[0]!;
    if (Object.hasOwn(LANGUAGES, language)) return language as Language;
  }
  return "en";
}

/** What the reader chose, kept in the browser: the language (the browser's at first) and the zone of times. */
class Preferences implements Reader {
  #language = $state<Language>(preferred());
  #zone = $state<Zone>(localStorage.getItem(KEYS.zone) === "utc" ? "utc" : "local");

  get language(): Language {
    return this.#language;
  }

  get zone(): Zone {
    return this.#zone;
  }

  speak(language: Language): void {
    this.#language = language;
    localStorage.setItem(KEYS.language, language);
  }

  keepTime(zone: Zone): void {
    this.#zone = zone;
    localStorage.setItem(KEYS.zone, zone);
  }
}

export const preferences = new Preferences();
setReader(preferences);
