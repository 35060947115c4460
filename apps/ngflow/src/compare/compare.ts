import { type Completeness, displayValue, type FlowReader, isoTime, MAX_TOP, type QuerySpec } from "@ngflow/flows";
import { type CommonRange, commonRange, type Span } from "./common-range.ts";
import { type GroupDifference, GroupsCompared, type OwnGroups } from "./compare-groups.ts";
import { CompareError } from "./errors.ts";
import type { NfdumpProgram } from "./nfdump-program.ts";
import { COUNTED, type Counted, type Counts, type Question, QUESTIONS } from "./questions.ts";
import { type Known, reasonsFor } from "./reasons.ts";

/** How one question was answered by both. */
export interface QuestionCompared {
  readonly by: string;
  readonly nfdump: string;
  /** The flows that it is about; empty for all. */
  readonly filter: string;
  /** Groups of nfdump. */
  readonly groups: number;
  readonly verdict: "equal" | "explained" | "unexplained";
  /** How many values differ, and the first of them. */
  readonly different: number;
  readonly differences: readonly GroupDifference[];
  readonly reasons: readonly string[];
}

/** What `ngflow compare --json` prints. */
export interface Comparison {
  readonly ngflow: string;
  readonly nfcapd: string;
  /** Flows that are in this range as a whole were compared, ISO 8601 UTC. */
  readonly from: string;
  readonly to: string;
  readonly filter: string;
  /** `raw`: nfcapd did not multiply by the sampling rate, so ngflow's counters as exported were compared. */
  readonly counters: "scaled" | "raw";
  /** Exporters that only one of them received. They were left out, if the others have the same names in both. */
  readonly onlyNgflow: readonly string[];
  readonly onlyNfcapd: readonly string[];
  /** False: no exporter has the same address in both, as with a relay between; groups by exporter were not compared. */
  readonly sameNames: boolean;
  readonly total: { readonly ngflow: Counts; readonly nfdump: Counts };
  readonly questions: readonly QuestionCompared[];
  readonly equal: number;
  readonly explained: number;
  readonly unexplained: number;
}

export interface CompareAsked {
  readonly ngflow: string;
  readonly nfcapd: string;
  readonly filter: string;
  /** Bounds that were given, Unix milliseconds. */
  readonly given: Partial<Span>;
  /** Undefined: a minute more than the longest flow, at most an hour and a minute. */
  readonly marginMs: number | undefined;
}

export interface CompareDeps {
  readonly reader: FlowReader;
  readonly nfdump: NfdumpProgram;
  readonly signal?: AbortSignal;
  /** Told what is asked, the number of the question and how many there are. */
  readonly progress?: (by: string, number: number, of: number) => void;
}

/** The dimension of the question about exporters. */
const EXPORTER = QUESTIONS[1].by;
/** Differences of a question that are listed. */
const LISTED = 10;
/** The year 2100: later flows have a wrong clock. */
const END_MS = Date.UTC(2100, 0);
/** No exporter keeps a flow longer. */
const LONGEST_MS = 3_600_000;
const SPARE_MS = 60_000;

/** Asks both the same questions about the time that both have. @throws CompareError, NgflowError of the store. */
export async function compare(asked: CompareAsked, deps: CompareDeps): Promise<Comparison> {
  const facts = await deps.nfdump.facts();
  const ours = await ownSpan(deps, asked.ngflow);
  const range = commonRange(ours, facts, asked.marginMs ?? ours.longestMs + SPARE_MS, asked.given);
  const questions = new Asker(range, deps);
  const filter = asked.filter.trim();
  const every = filter === "" ? [] : [`(${filter}\n)`];
  const routers = await questions.groups(QUESTIONS[1], every, false);
  const { both, onlyNgflow, onlyNfcapd } = exportersOf(routers);
  const areSame = onlyNgflow.length === 0 && onlyNfcapd.length === 0;
  const sameNames = areSame || both.length > 0;
  const only =
    areSame || both.length === 0 ? every : [...every, `(${both.map((ip) => `router ip ${ip}`).join(" or ")})`];
  const raw = await questions.isRaw(only);
  const forwarded = await questions.forwarded(only);
  const known: Known = {
    lost: questions.lost,
    sequenceFailures: facts.sequenceFailures,
    forwarded,
    bothWays: Math.max(0, (await questions.bothWays(only)) - forwarded),
  };
  const compared: QuestionCompared[] = [];
  let total: Comparison["total"] | undefined;
  const all: readonly Question[] = sameNames ? QUESTIONS : QUESTIONS.filter(({ by }) => by !== EXPORTER);
  for (const [i, question] of all.entries()) {
    deps.progress?.(question.by, i + 1, all.length);
    const { own, found } = await questions.compared(question, only, raw);
    total ??= { ngflow: own.total, nfdump: found.total };
    compared.push(judged(question, found, known));
  }
  const count = (verdict: QuestionCompared["verdict"]): number =>
    compared.filter((each) => each.verdict === verdict).length;
  return {
    ngflow: asked.ngflow,
    nfcapd: asked.nfcapd,
    from: isoTime(range.fromMs),
    to: isoTime(range.toMs),
    filter,
    counters: raw ? "raw" : "scaled",
    onlyNgflow,
    onlyNfcapd,
    sameNames,
    total: total!,
    questions: compared,
    equal: count("equal"),
    explained: count("explained"),
    unexplained: count("unexplained"),
  };
}

function judged(
  { by, nfdump, only }: Question,
  { groups, differences }: { readonly groups: number; readonly differences: readonly GroupDifference[] },
  known: Known,
): QuestionCompared {
  const reasons = differences.length === 0 ? [] : reasonsFor(differences, known);
  const verdict = differences.length === 0 ? "equal" : reasons === undefined ? "unexplained" : "explained";
  const different = differences.length;
  const totalFirst = differences.toSorted((a, b) => Number(a.group !== null) - Number(b.group !== null));
  const filter = only ?? "";
  return {
    by,
    nfdump,
    filter,
    groups,
    verdict,
    different,
    differences: totalFirst.slice(0, LISTED),
    reasons: reasons ?? [],
  };
}

/** First and last packet of the store, and how long its flows last. */
async function ownSpan({ reader, signal }: CompareDeps, source: string): Promise<Span & { longestMs: number }> {
  const one = async (metric: QuerySpec["metric"]): Promise<string | number | null> => {
    const { rows } = await reader.query({ by: [], metric, fromMs: 0, toMs: END_MS }, { signal });
    return rows[0]?.[metric] ?? null;
  };
  const first = await one("min:TimeStart");
  if (first === null) throw new CompareError("compare-range", `compare: ${source} has no flows`);
  const longestMs = Math.min(LONGEST_MS, Number(await one("max:Duration")));
  return { firstMs: Date.parse(String(first)), lastMs: Date.parse(String(await one("max:TimeEnd"))), longestMs };
}

function exportersOf([own, theirs]: readonly [ReadonlySet<string>, ReadonlySet<string>]) {
  const of = (some: ReadonlySet<string>, keep: (ip: string) => boolean): string[] => [...some].filter(keep).sort();
  return {
    both: of(own, (ip) => theirs.has(ip)),
    onlyNgflow: of(own, (ip) => !theirs.has(ip)),
    onlyNfcapd: of(theirs, (ip) => !own.has(ip)),
  };
}

/** Asks both sides about a range. */
class Asker {
  readonly #range: CommonRange;
  readonly #deps: CompareDeps;
  lost: Pick<Completeness, "lost"> = { lost: [] };

  constructor(range: CommonRange, deps: CompareDeps) {
    this.#range = range;
    this.#deps = deps;
  }

  /** The groups that each side has. */
  async groups(question: Question, filter: readonly string[], raw: boolean): Promise<[Set<string>, Set<string>]> {
    const theirs = new Set<string>();
    await this.#theirs(question, filter, (group) => void theirs.add(group));
    const own = await this.#own(question, filter, raw);
    return [new Set(own.largest.flows.keys()), theirs];
  }

  /** Whether nfcapd has the counters as exported where ngflow multiplies them. */
  async isRaw(filter: readonly string[]): Promise<boolean> {
    let theirs = 0;
    await this.#theirs(QUESTIONS[0], filter, (_, { bytes }) => (theirs += bytes));
    if ((await this.#own(QUESTIONS[0], filter, false)).total.bytes === theirs) return false;
    return (await this.#own(QUESTIONS[0], filter, true)).total.bytes === theirs;
  }

  /** Flows of ngflow with counters of after forwarding. */
  async forwarded(filter: readonly string[]): Promise<number> {
    return (await this.#own(QUESTIONS[0], [...filter, "out packets > 0"], false)).total.flows;
  }

  /** Records of nfcapd that have counters of two directions, or of after forwarding. */
  async bothWays(filter: readonly string[]): Promise<number> {
    let flows = 0;
    await this.#theirs(QUESTIONS[0], [...filter, "out packets > 0"], (_, counts) => (flows += counts.flows));
    return flows;
  }

  async compared(
    question: Question,
    filter: readonly string[],
    raw: boolean,
  ): Promise<{ readonly own: OwnGroups; readonly found: ReturnType<GroupsCompared["end"]> }> {
    const terms = question.only === undefined ? filter : [...filter, question.only];
    const own = await this.#own(question, terms, raw);
    const groups = new GroupsCompared(own);
    await this.#theirs(question, terms, (group, counts) => groups.take(group, counts));
    return { own, found: groups.end() };
  }

  async #own({ by }: Question, filter: readonly string[], raw: boolean): Promise<OwnGroups> {
    const { fromMs, toMs, sameStart, sameEnd } = this.#range;
    const terms = [
      ...filter,
      ...(sameStart ? [] : [`TimeStart >= "${isoTime(fromMs)}"`]),
      ...(sameEnd ? [] : [`TimeEnd <= "${isoTime(toMs)}"`]),
    ];
    const largest: Record<Counted, Map<string, number>> = { flows: new Map(), packets: new Map(), bytes: new Map() };
    const total: Record<Counted, number> = { flows: 0, packets: 0, bytes: 0 };
    let isWhole = true;
    for (const metric of COUNTED) {
      const spec: QuerySpec = { by: [by], metric, top: MAX_TOP, fromMs, toMs: toMs + 1, filter: terms.join(" and ") };
      const answer = await this.#deps.reader.query(raw ? { ...spec, raw } : spec, { signal: this.#deps.signal });
      this.lost = answer.completeness ?? this.lost;
      for (const row of answer.rows) {
        const value = Number(row[metric]);
        total[metric] += value;
        const group = row[by] ?? null;
        if (group === null) isWhole = false;
        else largest[metric].set(String(group), value);
      }
    }
    return { largest, total, isWhole };
  }

  async #theirs(
    { nfdump, by }: Question,
    filter: readonly string[],
    take: (group: string, counts: Counts) => void,
  ): Promise<void> {
    const { fromMs, toMs, sameStart, sameEnd } = this.#range;
    const time = (ms: number): string => isoTime(ms).slice(0, 19).replaceAll("-", "/").replace("T", ".");
    const window = sameStart && sameEnd ? [] : ["-t", `${time(fromMs)}-${time(toMs + (sameEnd ? 1000 : 0))}`];
    const words = ["-q", "-6", "-n", "0", "-s", `${nfdump}/bytes`, "-o", "csv", ...window];
    await this.#deps.nfdump.lines([...words, filter.join(" and ")], (line) => {
      // ts,te,td,pr,val,fl,flP,pkt,pktP,byt,bytP,pps,bps,bpp
      const cells = line.split(",");
      if (cells.length !== 14 || cells[0] === "ts") return;
      const value = cells[4]!.trim();
      const group = by === "Proto" ? String(displayValue("Proto", Number(value))) : value;
      take(group, { flows: Number(cells[5]), packets: Number(cells[7]), bytes: Number(cells[9]) });
    });
  }
}
