import { EXTRA_ROW_VALUES, FlowBatch, type FlowSink, SAMPLING } from "@ngflow/flows";
import { locateFields, type MalformedCode, type Template } from "@ngflow/wire";
import type { CollectorSettings } from "./config.ts";
import type { DecoderTotals } from "./decoder-totals.ts";
import type { MessageState } from "./message-state.ts";
import { NamedReader } from "./named-reader.ts";
import { type ColumnPlan, columnPlan } from "./plan/column-plan.ts";
import { type DecodeProgress, decodeRows, skipRecords } from "./plan/decode-rows.ts";
import { nameFields } from "./plan/name-fields.ts";
import { type OptionsPlan, optionsPlan } from "./plan/options-plan.ts";
import { PlanCompiler } from "./plan/plan-compiler.ts";
import { newRecordContext, type RecordContext } from "./plan/record-context.ts";
import { type RowArrays, rowArrays } from "./plan/row-arrays.ts";
import { learnNames } from "./session/learn-names.ts";
import { learnOptions } from "./session/learn-options.ts";
import { NO_RATES } from "./session/rates.ts";
import type { RowShares } from "./session/row-shares.ts";
import type { Session } from "./session/session.ts";
import type { SessionTable } from "./session/session-table.ts";
import type { SharedTemplate } from "./session/shared-template.ts";
import { PLAN_WORK } from "./work.ts";

/** Records of a set of flows in which names are looked for. */
const NAMED_RECORDS = 32;

/** What the reader uses of the decoder. */
export interface RecordReaderDeps {
  readonly sink: FlowSink;
  readonly totals: DecoderTotals;
  readonly message: MessageState;
  readonly sessions: SessionTable;
  readonly rowShares: RowShares;
  readonly malformed: (code: MalformedCode, offset: number) => void;
  /** What an exporter said of itself has changed. */
  readonly factsChanged: () => void;
  readonly sinkFailed: (error: unknown) => void;
  /** Rows went to the sink. */
  readonly flushed: () => void;
}

/** Sets of records in, rows of one batch and facts of exporters out. The batch goes to the sink when it is full. */
export class RecordReader {
  readonly context: RecordContext = newRecordContext();
  readonly #deps: RecordReaderDeps;
  readonly #rows: RowArrays;
  readonly #compiler: PlanCompiler;
  #exporterRate = 0;
  readonly #named: NamedReader;
  readonly #fixed = new WeakMap<Template, SharedTemplate>();
  readonly #progress: DecodeProgress = { next: 0, records: 0, valuesNotKept: 0, truncated: false, compiled: false };
  /** The bytes whose memory the view is of. */
  #viewed: Uint8Array | undefined;

  constructor(settings: CollectorSettings, deps: RecordReaderDeps) {
    this.#deps = deps;
    this.context.extraRowBytes = settings.extraRowBytes;
    this.change(settings);
    const batch = new FlowBatch(settings.batchRows);
    batch.trackWritten();
    this.#rows = rowArrays(batch);
    this.#compiler = new PlanCompiler(this.#rows, settings.compileAfter);
    this.#named = new NamedReader(deps.sessions, deps.message, this.context);
  }

  change({ clockLimitMs, exporterRate }: Pick<CollectorSettings, "clockLimitMs" | "exporterRate">): void {
    this.context.clockLimitMs = clockLimitMs || Infinity;
    this.#exporterRate = exporterRate;
  }

  /** Rows waiting in the batch. */
  get pendingRows(): number {
    return this.#rows.batch.rows;
  }

  /** Passes the rows of the batch to the sink. Never throws: if the sink throws, the rows count as refused. */
  flush(): void {
    const { batch } = this.#rows;
    const { sink, totals, rowShares, sinkFailed, flushed } = this.#deps;
    if (batch.rows === 0) return;
    let taken = 0;
    try {
      taken = Math.max(0, Math.min(batch.rows, sink.write(batch)));
    } catch (error) {
      sinkFailed(error);
    }
    totals.rowsWritten += taken;
    totals.rowsRefused += batch.rows - taken;
    if (taken < batch.rows) rowShares.refused(batch.rows - taken);
    batch.clear();
    flushed();
  }

  /** Zeroes the memory after the rows in use, which an error may have left half written. */
  scrub(): void {
    const { batch } = this.#rows;
    for (const bytes of batch.bytes) bytes.fill(0, (batch.rows * bytes.length) / batch.capacity);
    batch.extra.truncate(batch.rows);
  }

  /** A layout of a protocol without templates. Its plan is work for the message that brings it first. */
  fixedLayout(layout: Template): SharedTemplate {
    let shared = this.#fixed.get(layout);
    if (shared === undefined) {
      shared = { template: layout, plan: undefined, optionsPlan: undefined };
      this.#fixed.set(layout, shared);
    }
    return shared;
  }

  /** Reads a set. Returns where it stopped: before `end` when the work was used up. */
  read(session: Session, shared: SharedTemplate, bytes: Uint8Array, start: number, end: number): number {
    const { message } = this.#deps;
    if (shared.plan === undefined && shared.optionsPlan === undefined) {
      if (message.work < PLAN_WORK) return start;
      message.work -= PLAN_WORK;
      this.#makePlan(shared);
    }
    if (shared.optionsPlan !== undefined) return this.#readOptions(session, shared.optionsPlan, bytes, start, end);
    if (shared.names !== undefined) this.#readNames(session, shared.names, bytes, start, end);
    return this.#readFlows(session, shared.plan!, bytes, start, end);
  }

  #makePlan(shared: SharedTemplate): void {
    const { template } = shared;
    if (template.options) shared.optionsPlan = optionsPlan(template);
    else {
      shared.plan = columnPlan(template, this.#rows, this.context.extraRowBytes > 0);
      if (nameFields(template).length > 0) shared.names = optionsPlan(template);
    }
  }

  /** Learns the names in the first flow records of a set: they are the same in many. */
  #readNames(session: Session, plan: OptionsPlan, bytes: Uint8Array, start: number, end: number): void {
    const { template, offsets, lengths, names, work, exporter } = plan;
    const { message } = this.#deps;
    const { minLength, variable } = template;
    let o = start;
    for (let i = 0; i < NAMED_RECORDS && end - o >= minLength && message.work >= work; i++) {
      message.work -= work;
      const next = variable ? locateFields(bytes, o, end, template, offsets, lengths) : o + minLength;
      if (next < 0) return;
      const whose = exporter === undefined ? session : this.#named.exporterOf(session, plan, exporter, bytes, o, end);
      if (whose !== undefined) {
        learnNames(bytes, variable ? 0 : o, names, offsets, lengths, whose.names, this.context.receivedMs);
      }
      o = next;
    }
  }

  #readFlows(session: Session, plan: ColumnPlan, bytes: Uint8Array, start: number, end: number): number {
    const progress = this.#progress;
    const { message, totals, rowShares } = this.#deps;
    const { minLength } = plan.template;
    const work = plan.keyed ? plan.work : plan.skipWork;
    const source = rowShares.countOf(session);
    const { exporter } = plan;
    let whose: Session | undefined = session;
    let together = UNLIMITED;
    this.context.exporterWords = session.exporterWords;
    this.#useFacts(session, session.named?.self, plan.template.id);
    this.#view(bytes);
    const rate = this.#exporterRate;
    let o = start;
    while (end - o >= minLength) {
      const most = (message.work / work) | 0;
      if (most <= 0) return o;
      const ofShare = plan.keyed ? rowShares.left(source) : 0;
      const ofRate = rate === 0 ? ofShare : session.share.rate.left(rate, message.nowMs);
      const allowed = Math.min(ofShare, ofRate);
      if (allowed > 0) {
        if (!hasRoom(this.#rows.batch, this.context.extraRowBytes)) this.flush();
        if (exporter !== undefined) {
          whose = this.#named.exporterOf(session, plan, exporter, bytes, o, end);
          together = this.#named.together(plan, exporter, bytes, o, end);
          this.#useFacts(session, whose === session ? undefined : whose, plan.template.id);
        }
        const { batch } = this.#rows;
        if (plan.hot.generation !== batch.generation) {
          batch.willWrite(plan.columns);
          plan.hot.generation = batch.generation;
        }
        const before = batch.rows;
        const limit = Math.min(most, allowed, together);
        decodeRows(plan, bytes, o, end, limit, this.#rows, this.context, whose ?? session, progress);
        rowShares.made(source, batch.rows - before);
        if (progress.compiled) totals.recordsCompiled += progress.records;
        else if (this.#compiler.count(plan, progress.records)) totals.plansCompiled++;
        totals.recordsDecoded += progress.records;
        totals.extraValuesNotKept += progress.valuesNotKept;
        session.records += progress.records;
        if (whose !== session) {
          if (whose === undefined) totals.recordsOfUnlistedExporters += progress.records;
          else this.#named.made(whose, progress.records);
        }
        if (rate > 0) session.share.rate.spend(progress.records);
      } else {
        skipRecords(plan, bytes, o, end, most, progress);
        if (plan.keyed) {
          if (ofShare > 0) totals.recordsOverRate += progress.records;
          else totals.recordsLimited += progress.records;
          session.recordsLimited += progress.records;
        } else totals.recordsWithoutKey += progress.records;
      }
      o = progress.next;
      message.work -= progress.records * work;
      message.flows += progress.records;
      if (progress.truncated) {
        this.#deps.malformed("record-truncated", o);
        return end;
      }
    }
    return end;
  }

  #readOptions(session: Session, plan: OptionsPlan, bytes: Uint8Array, start: number, end: number): number {
    const { template, offsets, lengths, useful, names, exporter } = plan;
    const { message, totals } = this.#deps;
    const { minLength, variable } = template;
    let o = start;
    let reached = end;
    while (end - o >= minLength) {
      if (message.work < plan.work) {
        reached = o;
        break;
      }
      message.work -= plan.work;
      const next = variable ? locateFields(bytes, o, end, template, offsets, lengths) : o + minLength;
      if (next < 0) {
        this.#deps.malformed("record-truncated", o);
        break;
      }
      const base = variable ? 0 : o;
      const whose = exporter === undefined ? session : this.#named.exporterOf(session, plan, exporter, bytes, o, end);
      if (whose === undefined) totals.recordsOfUnlistedExporters++;
      else {
        const { changes } = whose.facts;
        if (useful) learnOptions(bytes, base, plan, whose.facts);
        if (names.length > 0) {
          learnNames(bytes, base, names, offsets, lengths, whose.names, this.context.receivedMs);
        }
        if (whose !== session) session.named?.taught.add(template.id);
        if (whose.facts.changes !== changes) this.#deps.factsChanged();
      }
      totals.optionRecords++;
      message.options++;
      o = next;
    }
    return reached;
  }

  /** Points the view at the memory of `bytes`, once for all sets in it: asking for `buffer` is slow. */
  #view(bytes: Uint8Array): void {
    if (bytes === this.#viewed) return;
    this.#viewed = bytes;
    if (bytes.buffer !== this.context.view.buffer) this.context.view = new DataView(bytes.buffer);
  }

  /**
   * Chooses the rate for the records of a template: the header's, else the options', else 1. What options said of the
   * exporter that the records name comes before what they said of the sender.
   */
  #useFacts(session: Session, named: Session | undefined, template: number): void {
    const { context } = this;
    const { facts, headerSampling } = session;
    const own = named?.facts;
    const isEmpty = facts.isEmpty && (own === undefined || own.isEmpty);
    const announced = isEmpty ? 0 : own?.rateOf(template) || facts.rateOf(template);
    context.rates = isEmpty ? NO_RATES : own === undefined ? facts : this.#named.rates(own, facts);
    context.bootMs = isEmpty ? 0 : own?.bootMs || facts.bootMs;
    context.generalRate = isEmpty ? 0 : own?.general || facts.general;
    context.samplingRate = headerSampling || announced || 1;
    context.samplingSource = headerSampling > 0 ? SAMPLING.header : announced > 0 ? SAMPLING.options : SAMPLING.none;
  }
}

/** More records than a set has. */
const UNLIMITED = 2 ** 30;

/** Whether the batch has room for the two rows that a record may have. */
function hasRoom({ capacity, rows, extra }: FlowBatch, extraRowBytes: number): boolean {
  return capacity - rows >= 2 && (extra.count === 0 || extra.rowsLeft(EXTRA_ROW_VALUES, extraRowBytes) >= 2);
}
