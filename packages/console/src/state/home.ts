import type { SavedEntry } from "@ngflow/server/client";
import { cardEntries } from "../filter/home.ts";
import { savedViews } from "./saved.svelte.ts";

/** The list of what is saved is asked for again after so long. */
const KNOWN_MS = 15_000;
/** Height of the cards in this browser's last look, pixels: their place is kept free while they are asked for. */
const HEIGHT_KEY = "ngflow-cards-height";

let askedMs = Number.NEGATIVE_INFINITY;

/** What is saved for everybody and shown as cards, in a state of the first page. */
export async function homeEntries(own: Readonly<Record<string, string>>): Promise<readonly SavedEntry[]> {
  if (savedViews.shared === null || performance.now() - askedMs > KNOWN_MS) {
    askedMs = performance.now();
    await savedViews.load();
  }
  return cardEntries(savedViews.shared ?? [], own);
}

/** Height of the cards when they were last shown, pixels; 0 without any. */
export function cardsHeight(): number {
  return Math.min(600, Number(localStorage.getItem(HEIGHT_KEY) ?? 0) || 0);
}

export function keepCardsHeight(pixels: number): void {
  if (pixels !== cardsHeight()) localStorage.setItem(HEIGHT_KEY, String(pixels));
}
