/** Something that people who share a server keep under a name: a page with its settings, or a filter. */
export interface Saved {
  readonly title: string;
  /** `page`: `text` is the address of a page of the console, from its `/` on. `filter`: the text of a filter. */
  readonly kind: "page" | "filter";
  readonly text: string;
}

/** What is kept under a name. */
export interface SavedEntry extends Saved {
  /** Lower-case letters, digits and hyphens: the last part of its address `/saved/NAME`. */
  readonly name: string;
  /** Differs for each content. Whoever changes the entry sends the one it has read. */
  readonly version: string;
  /** When it was last changed, ISO 8601 UTC. */
  readonly changed: string;
}

/** Why an entry was not written: another content is there than was expected, or no more entries fit. */
export type SavedRefusal = "conflict" | "full";

/** Keeps what is saved. Nothing is overwritten that the writer has not seen. */
export interface SavedStore {
  /** All entries, by name. */
  list(): readonly SavedEntry[];
  read(name: string): SavedEntry | null;
  /** @param expected the version that is replaced; null creates an entry that must not exist. */
  write(name: string, saved: Saved, expected: string | null): SavedEntry | SavedRefusal;
  /** Removes an entry of that version. */
  remove(name: string, expected: string): "removed" | "conflict";
}

/** Form of a name. */
export const SAVED_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
/** Longest title and text, in characters. */
export const SAVED_TITLE_MAX = 100;
export const SAVED_TEXT_MAX = 12_000;
/** Longest body of a request that saves, in bytes. */
export const SAVED_BODY_MAX = 65_536;
