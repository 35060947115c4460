/** Languages of the console. */
export const LANGUAGES = { en: "English", ja: "日本語" } as const;
export type Language = keyof typeof LANGUAGES;

/** The zone that times are shown in and read in: that of the browser, or UTC. */
export type Zone = "local" | "utc";

/** For whom texts, numbers and times are written. */
export interface Reader {
  readonly language: Language;
  readonly zone: Zone;
}

let current: Reader = { language: "en", zone: "local" };

/** The person who reads. What the page shows follows, because its implementation there is reactive. */
export function reader(): Reader {
  return current;
}

/** Sets who reads: the page does it once when it starts, tests as they need. */
export function setReader(next: Reader): void {
  current = next;
}
