import { NAME_WORDS } from "../query/fields.ts";
import { FilterError } from "../query/filter-error.ts";
import { parseFilter } from "../query/filter.ts";
import { joinCompletions, termCompletions } from "./column-completions.ts";
import type { Completion, CompletionSources, FilterCompletions } from "./completion.ts";
import { operatorCompletions } from "./operator-completions.ts";
import { type ScannedFilter, type ScannedToken, scanFilter, type TextPart } from "./scan-filter.ts";
import { valueCompletions } from "./value-completions.ts";

/** A place in a filter text that is being written. */
export interface CompletionRequest {
  readonly text: string;
  /** Offset in characters, from 0 to the length of the text. */
  readonly at: number;
  /** Most completions. */
  readonly limit: number;
}

/** Completions of which some part of the text before the place is the beginning. */
interface Offer extends TextPart {
  readonly prefix: string;
  readonly completions: readonly Completion[];
  readonly partial?: boolean;
}

/** What may be written at a place of a filter. The text may be unfinished or wrong anywhere. */
export async function completeFilter(
  { text, at, limit }: CompletionRequest,
  sources: CompletionSources,
): Promise<FilterCompletions> {
  const whole = scanFilter(text);
  const tokens = [...whole.tokens, ...whole.comments]
    .map(({ from, to, kind }) => ({ from, to, kind }))
    .sort((a, b) => a.from - b.from);
  const common = { tokens, problem: problemOf(text) };
  const before = scanFilter(text.slice(0, at));
  if (isInComment(text.slice(0, at), before)) return { from: at, to: at, completions: [], partial: false, ...common };
  const word = before.tokens.at(-1);
  const written = word !== undefined && word.to === at && word.kind !== "punctuation" ? word : undefined;
  // What is after the place of the same word is replaced, too.
  const to = Math.max(
    at,
    whole.tokens.find((token) => token.from < at && token.to > at && token.kind !== "punctuation")?.to ?? at,
  );
  const place = { from: written?.from ?? at, to, prefix: written?.text ?? "" };
  const offers = [
    ...namesOfSeveralWords(before, at, to),
    ...(await offersFor(written ?? { ...before, quoted: false }, place, sources)),
  ];
  const found = offers
    .map((offer) => ({ ...offer, completions: matching(offer) }))
    .filter(({ completions }) => completions.length > 0);
  const [best] = found;
  // Only completions that replace the same part can be in one answer.
  const same = found.filter(({ from }) => from === best?.from);
  const completions = same.flatMap(({ completions }) => completions);
  return {
    from: best?.from ?? place.from,
    to,
    completions: completions.slice(0, limit),
    partial: offers.some(({ partial }) => partial === true),
    ...common,
  };
}

/** What may be written where a word begins. */
async function offersFor(
  { expected, field, quoted }: Pick<ScannedToken, "expected" | "field" | "quoted">,
  place: Offer | (TextPart & { readonly prefix: string }),
  sources: CompletionSources,
): Promise<Offer[]> {
  const offer = (completions: readonly Completion[]): Offer => ({ ...place, completions });
  if (expected === "term") return [offer(quoted ? [] : termCompletions())];
  if (expected === "afterValue") return [offer(joinCompletions()), offer(place.prefix === "" ? [] : termCompletions())];
  if (field === undefined) return [];
  const values = await valueCompletions(field, sources);
  const ofValues = { ...offer(values.completions), partial: values.partial };
  return expected === "afterColumn" && !quoted ? [offer(operatorCompletions(field)), ofValues] : [ofValues];
}

/** `src po`: names of which several words are there, where the first of them may begin a term. */
function namesOfSeveralWords({ tokens }: ScannedFilter, at: number, to: number): Offer[] {
  for (let count = NAME_WORDS; count > 0; count--) {
    const words = tokens.slice(-count);
    const [first] = words;
    if (
      first === undefined ||
      words.length < count ||
      words.some(({ kind, quoted }) => kind === "punctuation" || quoted)
    )
      continue;
    if (first.expected !== "term" && first.expected !== "afterValue") continue;
    const isOpen = words.at(-1)!.to === at;
    const prefix = words.map(({ text }) => text).join(" ") + (isOpen ? "" : " ");
    if (!prefix.includes(" ")) continue;
    const begun = prefix.toLowerCase();
    const completions = termCompletions().filter(({ text }) => text.includes(" ") && text.startsWith(begun));
    const offer = { from: first.from, to, prefix, completions };
    if (matching(offer).length > 0) return [offer];
  }
  return [];
}

/** Completions that begin with what is there, then those whose detail does. */
function matching({ prefix, completions }: Offer): Completion[] {
  const start = prefix.toLowerCase();
  const begins = (text: string | undefined): boolean => text !== undefined && text.toLowerCase().startsWith(start);
  const first = completions.filter(({ text }) => begins(text.startsWith('"') ? text.slice(1) : text));
  if (start === "") return first;
  return [...first, ...completions.filter((completion) => !first.includes(completion) && begins(completion.detail))];
}

function isInComment(text: string, { tokens }: ScannedFilter): boolean {
  const gap = text.slice(tokens.at(-1)?.to ?? 0);
  return /(#|--)[^\n]*$/.test(gap) || gap.lastIndexOf("/*") > gap.lastIndexOf("*/");
}

function problemOf(text: string): FilterCompletions["problem"] {
  try {
    parseFilter(text);
    return null;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { message: error.message, position: error.position };
  }
}
