import { composedChart } from "../chart.ts";
import { askCard, type Card } from "./ask-card.ts";

/** How long the answer of a card is shown before it is asked for again, milliseconds. */
const FRESH_MS = 10_000;
/** The last answers, by what they are of. */
const known = new Map<string, { readonly atMs: number; readonly card: Card }>();

/** What somebody chose of what is saved, in short: on the first page. */
export const cardsChart = composedChart({
  kind: "cards",
  label: { en: "Saved views", ja: "保存したビュー" },
  options: {},
  columns: 12,
  path: "/query",
  async ask(round, _, get): Promise<readonly Card[]> {
    // It reads what is saved in the browser, too: rows of charts are read without one.
    const { homeEntries } = await import("../../state/home.ts");
    const entries = await homeEntries(round.state.own);
    const keys = entries.map(({ name, version }) => `${name} ${version}`);
    for (const key of known.keys()) if (!keys.includes(key)) known.delete(key);
    const cards: Card[] = [];
    // One after the other: the charts of the page want their turn, too.
    for (const [index, entry] of entries.entries()) {
      const before = known.get(keys[index]!);
      const isFresh = before !== undefined && round.nowMs - before.atMs < FRESH_MS && round.nowMs >= before.atMs;
      const card = isFresh ? before.card : await askCard(entry, round, get);
      if (!isFresh && card.fault === null) known.set(keys[index]!, { atMs: round.nowMs, card });
      cards.push(card);
    }
    return cards;
  },
});
