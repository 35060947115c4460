import type { QueryResult, SavedEntry } from "@ngflow/server/client";
import { openedBy } from "../../filter/saved.ts";
import type { Round } from "../../state/round.ts";
import { spanOf } from "../../state/span.ts";
import { resolveWindow, type TimeWindow } from "../../state/time-window.ts";
import { viewFromQuery } from "../../state/url-state.ts";
import { matchPath } from "../../views/path.ts";
import { filterOfThing, THINGS } from "../../views/things/things.ts";
import type { Get } from "../chart.ts";
import { exploreOptions } from "../explore/options.ts";
import { askSums } from "../sums.ts";
import { type Line, lineOf } from "../thing/render.ts";
import type { Unit } from "../units.ts";

/** A saved page or filter in short. */
export interface Card {
  readonly entry: SavedEntry;
  readonly address: string;
  /** Its traffic; null for a page without. */
  readonly traffic: CardTraffic | null;
  /** Why there is none; null where it was answered. */
  readonly fault: string | null;
}

export interface CardTraffic {
  readonly unit: Unit;
  readonly window: TimeWindow;
  readonly line: Line;
  /** By bin: whether it is recorded and settled. */
  readonly settled: readonly boolean[];
  /** The largest groups, where the page groups; `by` are the columns. */
  readonly by: readonly string[];
  readonly largest: QueryResult | null;
  /** `largest` are all countries, for a map. */
  readonly isMap: boolean;
}

/** Bins of the small picture at most. */
const BINS = 60;
/** Groups that a card names. */
export const GROUPS = 3;
/** Pages whose traffic is that of their filter. */
const OF_FILTER: ReadonlySet<string> = new Set(["/", "/flows", "/explore"]);

/** The filter of the traffic that a page shows; null for a page that shows none. */
export function filterOf(path: string, filter: string): string | null {
  if (OF_FILTER.has(path)) return filter;
  for (const thing of THINGS) {
    const params = matchPath(thing.path, path);
    const at = params && thing.at(params);
    if (at) return filterOfThing(at, "both", filter);
  }
  return null;
}

/** Asks for what a card shows. What is wrong with it does not hold up the others. */
export async function askCard(entry: SavedEntry, round: Round, get: Get): Promise<Card> {
  const address = openedBy(entry);
  try {
    return { entry, address, traffic: await askTraffic(address, round, get), fault: null };
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    return { entry, address, traffic: null, fault: (error as Error).message };
  }
}

async function askTraffic(address: string, round: Round, get: Get): Promise<CardTraffic | null> {
  const url = new URL(address, "http://localhost");
  const state = viewFromQuery(url.search);
  const filter = filterOf(url.pathname, state.filter);
  if (filter === null) return null;
  const options = url.pathname === "/explore" ? exploreOptions(state.own) : null;
  // A part of a speed needs the speed; the card shows what is on the wire.
  const unit = options === null ? state.metric : options.unit === "util" ? "l2" : options.unit;
  const span = spanOf(resolveWindow(state, round.nowMs), BINS);
  const by = options !== null && options.kind !== "heatmap" ? options.dims : [];
  const isMap = options?.kind === "map";
  const common = { from: span.from, to: span.to, filter };
  const [{ settled, totalsTo }, sums] = await Promise.all([
    round.coverage(span),
    askSums(get, unit, { ...common, step: span.stepMs / 1000, top: 1 }),
  ]);
  const asked = { ...common, to: totalsTo, by, top: isMap ? options!.top : GROUPS, metric: "bytes" } as const;
  const largest = by.length === 0 ? null : await get("/query", asked);
  const { from, to } = state;
  return { unit, window: { from, to }, line: lineOf(sums, unit, settled), settled, by, largest, isMap };
}
