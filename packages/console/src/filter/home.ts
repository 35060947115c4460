import type { SavedEntry } from "@ngflow/server/client";

/** The name under which it is saved which cards the first page has: an address of that page. */
export const HOME_NAME = "home";
/** Cards at most. */
export const MOST_CARDS = 8;
/** Parameter of the first page that names its cards, in order. */
const PARAM = "cards";

/** The names in the parameter of an address of the first page; null where it has none. */
export function namesIn(own: Readonly<Record<string, string>>): readonly string[] | null {
  const text = own[PARAM];
  if (text === undefined) return null;
  return [...new Set(text.split(",").filter((name) => name !== ""))].slice(0, MOST_CARDS);
}

/** The names that a saved home has. */
export function namesOf(home: Pick<SavedEntry, "kind" | "text"> | undefined): readonly string[] {
  if (home?.kind !== "page" || !URL.canParse(home.text, "http://localhost")) return [];
  const { searchParams } = new URL(home.text, "http://localhost");
  return namesIn(Object.fromEntries(searchParams)) ?? [];
}

/** The address of the first page with these cards, to be saved. */
export function homeAddress(names: readonly string[]): string {
  return `/?${PARAM}=${names.slice(0, MOST_CARDS).map(encodeURIComponent).join(",")}`;
}

/** The entries that the first page shows as cards: as its address says, or as it is saved. What is gone is left out. */
export function cardEntries(
  shared: readonly SavedEntry[],
  own: Readonly<Record<string, string>>,
): readonly SavedEntry[] {
  const byName = new Map(shared.map((entry) => [entry.name, entry]));
  const names = namesIn(own) ?? namesOf(byName.get(HOME_NAME));
  return names.flatMap((name) => (name === HOME_NAME ? [] : (byName.get(name) ?? [])));
}
