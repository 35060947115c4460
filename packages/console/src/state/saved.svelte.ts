import type { Saved, SavedEntry } from "@ngflow/server/client";
import { BASE_PATH } from "./base.ts";
import { HISTORY_MAX, remembered, storedTexts } from "../filter/history.ts";
import { listSaved, removeSaved, type SaveOutcome, writeSaved } from "../filter/saved.ts";

const KEYS = { history: "ngflow-filters", mine: "ngflow-saved" } as const;
/** Most entries that are kept in the browser. */
const MINE_MAX = 100;

const ask = (url: string, init: RequestInit): Promise<Response> => fetch(BASE_PATH + url, init);

function stored(): readonly Saved[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEYS.mine) ?? "[]");
    const isSaved = (one: Partial<Saved> | null): one is Saved =>
      typeof one?.title === "string" &&
      typeof one.text === "string" &&
      (one.kind === "filter" || (one.kind === "page" && /^\/(?![/\\])/.test(one.text)));
    return Array.isArray(list) ? list.filter(isSaved).slice(0, MINE_MAX) : [];
  } catch {
    return [];
  }
}

/** What is saved: in this browser, and for everybody on the server; and the filters that were applied here. */
class SavedViews {
  mine = $state.raw<readonly Saved[]>(stored());
  /** Entries of the server; null before they were read. */
  shared = $state.raw<readonly SavedEntry[] | null>(null);
  /** Why they could not be read. */
  fault = $state<string | null>(null);
  history = $state.raw<readonly string[]>(storedTexts(localStorage.getItem(KEYS.history)));

  async load(): Promise<void> {
    try {
      this.shared = await listSaved(ask);
      this.fault = null;
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
    }
  }

  remember(filter: string): void {
    this.history = remembered(this.history, filter);
    localStorage.setItem(KEYS.history, JSON.stringify(this.history.slice(0, HISTORY_MAX)));
  }

  forget(): void {
    this.history = [];
    localStorage.removeItem(KEYS.history);
  }

  keep(saved: Saved): void {
    this.#keepAll([saved, ...this.mine.filter(({ title }) => title !== saved.title)].slice(0, MINE_MAX));
  }

  drop(saved: Saved): void {
    this.#keepAll(this.mine.filter((one) => one !== saved));
  }

  /** Saves for everybody, in the place of the version that was read. */
  async share(name: string, saved: Saved, version: string | null): Promise<SaveOutcome> {
    const outcome = await writeSaved(ask, name, saved, version);
    if (outcome.kind === "saved") await this.load();
    return outcome;
  }

  async unshare(entry: SavedEntry): Promise<SaveOutcome> {
    const outcome = await removeSaved(ask, entry);
    await this.load();
    return outcome;
  }

  #keepAll(saved: readonly Saved[]): void {
    this.mine = saved;
    localStorage.setItem(KEYS.mine, JSON.stringify(saved));
  }
}

export const savedViews = new SavedViews();
