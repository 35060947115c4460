/** Filters that are remembered. */
export const HISTORY_MAX = 30;

/** The history with a filter that was applied now: newest first, each once. */
export function remembered(history: readonly string[], filter: string): readonly string[] {
  const text = filter.trim();
  return text === "" ? history : [text, ...history.filter((one) => one !== text)].slice(0, HISTORY_MAX);
}

/** A list of texts out of a browser's storage, in which anything may be. */
export function storedTexts(stored: string | null): readonly string[] {
  try {
    const list: unknown = JSON.parse(stored ?? "[]");
    return Array.isArray(list)
      ? list.filter((one): one is string => typeof one === "string").slice(0, HISTORY_MAX)
      : [];
  } catch {
    return [];
  }
}
