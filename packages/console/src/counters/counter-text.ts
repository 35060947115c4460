import { HOPS } from "@ngflow/server/client";
import { reader } from "../format/reader.ts";
import { EXPLAINED_AS, GAUGES, SENTENCES } from "./sentences.gen.ts";
import japanese from "./sentences-ja.json" with { type: "json" };

type Sentences = Readonly<Record<string, Readonly<Record<string, string>>>>;
const ALL: Sentences = SENTENCES;
/** The same in Japanese. One that is missing is shown in English. */
const IN_JAPANESE: Sentences = japanese;
const OF_MOMENT: ReadonlySet<string> = new Set(GAUGES);

/** Counters that are a loss, or a refusal, if they are not zero. */
const LOSS =
  /drop|lost|loss|refused|error|malformed|damaged|missing|overflow|evicted|denied|stalled|discarded|expired|overBudget|overRate|limited|cut|failed|unauthorized|timedOut|runts|unforwarded|freezes|stalls$/i;
/** Counters that match, but are what the node is for, or the wish of the operator. */
const NO_LOSS: ReadonlySet<string> = new Set([
  "discardedInObserveMode",
  "rowsDroppedAge",
  "ledgerDropped",
  "rowsDropped",
  "queriesLeft",
  "routesRefused",
  "datagramsNotAllowed",
]);

/** The type or part that explains the counters of a hop. */
function explainedBy(hop: string): string {
  const kind = hop.split(":")[0]!;
  return EXPLAINED_AS[kind] ?? kind;
}

/** What a counter counts, in the language of the reader; undefined where nothing explains it. */
export function counterText(hop: string, counter: string): string | undefined {
  const part = explainedBy(hop);
  if (part === HOPS.threads) return stallText(counter);
  const english = ALL[part]?.[counter];
  return reader().language === "ja" ? (IN_JAPANESE[part]?.[counter] ?? english) : english;
}

/** `graphStalls`, `storeLongestStallMs`: counters of the watchdog are named after what it watches. */
function stallText(counter: string): string | undefined {
  const [, name, kind] = /^(.+?)(Stalls|LongestStallMs)$/.exec(counter) ?? [];
  if (name === undefined) return undefined;
  const isJapanese = reader().language === "ja";
  if (kind === "Stalls") return isJapanese ? `${name} が止まった回数。` : `Times that ${name} stood still.`;
  return isJapanese
    ? `${name} が止まっていた最長時間(ミリ秒)。`
    : `Longest time that ${name} stood still, milliseconds.`;
}

/** Whether a counter is a number of this moment, so that its change is no rate. */
export function isGauge(hop: string, counter: string): boolean {
  return /Most$|MsMost$|LongestStallMs$/.test(counter) || OF_MOMENT.has(`${explainedBy(hop)}.${counter}`);
}

/** Whether a counter that is not zero is a loss. */
export function isLoss(counter: string): boolean {
  return LOSS.test(counter) && !NO_LOSS.has(counter);
}
