import { FlowBatch, type FlowSink, SAMPLING } from "@ngflow/flows";
import {
  agentOf,
  decodeMessage,
  locateFields,
  type MalformedCode,
  type MessageHeader,
  type MessageSink,
  newMessageHeader,
  type Protocol,
  type Template,
} from "@ngflow/wire";
import type { CollectorSettings } from "./config.ts";
import { type ColumnPlan, columnPlan } from "./plan/column-plan.ts";
import { type DecodeProgress, decodeRows } from "./plan/decode-rows.ts";
import { newRecordContext } from "./plan/record-context.ts";
import { type RowArrays, rowArrays } from "./plan/row-arrays.ts";
import { AllowedExporters } from "./session/allowed-exporters.ts";
import { HeldSets } from "./session/held-sets.ts";
import { KnownTemplates } from "./session/known-templates.ts";
import type { KnownTemplate, Session } from "./session/session.ts";
import { SessionTable } from "./session/session-table.ts";

/** Totals of the decoder, named as in metrics.ts. Those of sequence numbers cover only sessions that were dropped. */
export interface DecoderTotals {
  datagramsNotAllowed: number;
  recordsDecoded: number;
  optionRecords: number;
  counterRecords: number;
  rowsWritten: number;
  rowsRefused: number;
  setsRecovered: number;
  internalErrors: number;
  sequenceGaps: number;
  sequenceResets: number;
  datagramsReordered: number;
  recordsLost: number;
}

/**
 * Datagrams in, flow rows out. Fills one batch, which goes to the sink when it is full or `flush` is called. Keeps
 * sessions, templates, options and waiting data; sockets, timers and files are elsewhere.
 */
export class FlowDecoder implements MessageSink {
  readonly sessions: SessionTable;
  readonly totals: DecoderTotals = {
    datagramsNotAllowed: 0,
    recordsDecoded: 0,
    optionRecords: 0,
    counterRecords: 0,
    rowsWritten: 0,
    rowsRefused: 0,
    setsRecovered: 0,
    internalErrors: 0,
    sequenceGaps: 0,
    sequenceResets: 0,
    datagramsReordered: 0,
    recordsLost: 0,
  };
  readonly malformedByCode = new Map<MalformedCode, number>();
  /** Values of the counters of every protocol, in the order of the protocol's row. */
  readonly protocolCounts: ReadonlyMap<Protocol, Float64Array>;
  readonly templates: KnownTemplates;
  readonly held: HeldSets;
  /** Called with an error of the decoder itself. The datagram is dropped and decoding goes on. */
  onInternalError: (error: unknown) => void = () => {};
  /** Called with the address of a datagram that was dropped because its address may not send. */
  onNotAllowed: (address: string) => void = () => {};

  readonly #allowed: AllowedExporters | undefined;
  readonly #sink: FlowSink;
  readonly #rows: RowArrays;
  readonly #protocols: readonly Protocol[];
  readonly #header: MessageHeader;
  readonly #context = newRecordContext();
  readonly #progress: DecodeProgress = { next: 0, records: 0, truncated: false };

  // The current datagram.
  #bytes: Uint8Array = new Uint8Array(0);
  #address = "";
  #port = 0;
  #session: Session | undefined;
  #protocol: Protocol;
  #protocolCounts: Float64Array;
  readonly #count = { flows: 0, options: 0, exact: true };

  constructor(settings: CollectorSettings, sink: FlowSink, protocols: readonly Protocol[]) {
    const { allowExporters } = settings;
    this.#allowed = allowExporters.length > 0 ? new AllowedExporters(allowExporters) : undefined;
    this.#sink = sink;
    this.#protocols = protocols;
    this.#header = newMessageHeader(protocols[0]!);
    this.protocolCounts = new Map(protocols.map((row) => [row, new Float64Array(row.counters.length)]));
    this.#protocol = protocols[0]!;
    this.#protocolCounts = this.protocolCounts.get(this.#protocol)!;
    this.templates = new KnownTemplates(settings.maxTemplates, settings.maxTemplateFields);
    this.held = new HeldSets(settings.heldBytes, settings.heldMs);
    this.sessions = new SessionTable(settings.maxSessions);
    this.#rows = rowArrays(new FlowBatch(settings.batchRows));
  }

  /** Rows waiting in the batch. */
  get pendingRows(): number {
    return this.#rows.batch.rows;
  }

  /**
   * Decodes the datagram in `bytes[start, end)`. Never throws: malformed parts and errors of the decoder are counted.
   * What has to wait is copied, so the memory may be used again afterwards. `receivedMs` are Unix milliseconds.
   */
  decode(bytes: Uint8Array, start: number, end: number, address: string, port: number, receivedMs: number): void {
    if (this.#allowed !== undefined && !this.#allowed.has(address)) {
      this.totals.datagramsNotAllowed++;
      this.onNotAllowed(address);
      return;
    }
    this.#bytes = bytes;
    this.#address = address;
    this.#port = port;
    this.#session = undefined;
    this.#count.flows = 0;
    this.#count.options = 0;
    this.#count.exact = true;
    this.#context.receivedMs = Math.floor(receivedMs);
    try {
      decodeMessage(bytes, start, end, this.#header, this, this.#protocols);
      this.#endMessage();
    } catch (error) {
      this.totals.internalErrors++;
      scrub(this.#rows);
      this.onInternalError(error);
    }
  }

  /** Passes the rows of the batch to the sink. Never throws: if the sink throws, the rows count as refused. */
  flush(): void {
    const { batch } = this.#rows;
    if (batch.rows === 0) return;
    let taken = 0;
    try {
      taken = Math.max(0, Math.min(batch.rows, this.#sink.write(batch)));
    } catch (error) {
      this.totals.internalErrors++;
      this.onInternalError(error);
    }
    this.totals.rowsWritten += taken;
    this.totals.rowsRefused += batch.rows - taken;
    batch.clear();
  }

  // MessageSink

  header(header: MessageHeader): boolean {
    const context = this.#context;
    const { protocol } = header;
    if (protocol !== this.#protocol) {
      this.#protocol = protocol;
      this.#protocolCounts = this.protocolCounts.get(protocol)!;
    }
    this.#protocolCounts[0]!++;
    const session = this.sessions.find(
      this.#address,
      this.#port,
      protocol,
      header.domain,
      agentOf(header, this.#bytes),
      context.receivedMs,
      this.#forget,
    );
    this.#session = session;
    session.datagrams++;
    session.lastSeenMs = context.receivedMs;
    context.version = protocol.number;
    context.domain = header.domain;
    context.exporterWords.set(session.exporterWords);
    context.exportMs = protocol.exportTime
      ? header.exportSeconds * 1000 + Math.floor(header.exportNanoseconds / 1e6)
      : context.receivedMs;
    context.sysUpTimeMs = header.sysUpTimeMs;
    session.clockSkewMs = context.exportMs - context.receivedMs;
    session.headerSampling = header.samplingInterval;
    this.#useSampling(session);
    return true;
  }

  template(template: Template, _offset: number): void {
    const session = this.#session!;
    const makeRoom = (): boolean => this.sessions.evict(this.#forget, session);
    if (!this.templates.learn(session, template, this.#context.receivedMs, makeRoom)) return;
    this.#recover(session, template.id);
  }

  withdrawal(id: number, _offset: number): void {
    this.templates.withdraw(this.#session!, id);
  }

  data(templateId: number, start: number, end: number): void {
    const session = this.#session!;
    const known = session.templates.get(templateId);
    if (known === undefined) this.#hold(session, templateId, start, end);
    else this.#read(session, known, this.#bytes, start, end);
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readFlows(this.#session!, this.#fixedPlan(layout), bytes, start, end);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readOptions(this.#session!, layout, bytes, start, end);
  }

  counters(layout: Template, _bytes: Uint8Array, start: number, end: number): void {
    this.totals.counterRecords += Math.floor((end - start) / layout.minLength);
  }

  count(position: number, by: number): void {
    this.#protocolCounts[position]! += by;
  }

  malformed(code: MalformedCode, _offset: number): void {
    this.malformedByCode.set(code, (this.malformedByCode.get(code) ?? 0) + 1);
    if (this.#session !== undefined) this.#session.malformed++;
    if (code !== "trailing-bytes") this.#count.exact = false;
  }

  // Records

  #read(session: Session, known: KnownTemplate, bytes: Uint8Array, start: number, end: number): void {
    if (known.template.options) this.#readOptions(session, known.template, bytes, start, end);
    else {
      known.plan ??= columnPlan(known.template, this.#rows);
      this.#readFlows(session, known.plan, bytes, start, end);
    }
  }

  #readFlows(session: Session, plan: ColumnPlan, bytes: Uint8Array, start: number, end: number): void {
    const progress = this.#progress;
    const { minLength } = plan.template;
    let o = start;
    while (end - o >= minLength) {
      if (this.#rows.batch.capacity - this.#rows.batch.rows < 2) this.flush();
      decodeRows(plan, bytes, o, end, this.#rows, this.#context, progress);
      o = progress.next;
      this.totals.recordsDecoded += progress.records;
      this.#count.flows += progress.records;
      session.records += progress.records;
      if (progress.truncated) {
        this.malformed("record-truncated", o);
        return;
      }
    }
  }

  #readOptions(session: Session, template: Template, bytes: Uint8Array, start: number, end: number): void {
    const offsets = new Int32Array(template.fields.length);
    const lengths = new Int32Array(template.fields.length);
    let o = start;
    while (end - o >= template.minLength) {
      const next = locateFields(bytes, o, end, template, offsets, lengths);
      if (next < 0) {
        this.malformed("record-truncated", o);
        break;
      }
      session.sampling.learn(bytes, template, offsets, lengths);
      this.totals.optionRecords++;
      this.#count.options++;
      o = next;
    }
    this.#useSampling(session);
  }

  readonly #fixedPlans = new Map<Template, ColumnPlan>();

  #fixedPlan(layout: Template): ColumnPlan {
    let plan = this.#fixedPlans.get(layout);
    if (plan === undefined) {
      plan = columnPlan(layout, this.#rows);
      this.#fixedPlans.set(layout, plan);
    }
    return plan;
  }

  /** Chooses the rate for the records that follow: the header's, else the options', else 1. */
  #useSampling(session: Session): void {
    const context = this.#context;
    const announced = session.sampling.fallback;
    context.bootMs = session.sampling.bootMs;
    context.samplers = session.sampling.byId;
    context.samplingRate = session.headerSampling || announced || 1;
    context.samplingSource =
      session.headerSampling > 0 ? SAMPLING.header : announced > 0 ? SAMPLING.options : SAMPLING.none;
  }

  #endMessage(): void {
    const session = this.#session;
    if (session === undefined || session.protocol.sequence === null) return;
    const { sequence, sysUpTimeMs } = this.#header;
    session.sequence.observe(sequence, this.#count, sysUpTimeMs);
  }

  // Templates and data that waits for them

  readonly #forget = (session: Session): void => {
    this.totals.sequenceGaps += session.sequence.gaps;
    this.totals.sequenceResets += session.sequence.resets;
    this.totals.datagramsReordered += session.sequence.reordered;
    this.totals.recordsLost += session.sequence.lostRecords;
    this.templates.forget(session);
    this.held.forget(session);
  };

  #hold(session: Session, templateId: number, start: number, end: number): void {
    if (start === end) return;
    this.#count.exact = false;
    if (!this.held.admit(end - start)) return;
    const { receivedMs, exportMs, sysUpTimeMs } = this.#context;
    const bytes = this.#bytes.slice(start, end);
    this.held.hold(session, templateId, { bytes, receivedMs, exportMs, sysUpTimeMs });
  }

  /** Decodes the sets that waited for a template, with the times of the messages they came in. */
  #recover(session: Session, templateId: number): void {
    const sets = this.held.take(session, templateId);
    if (sets.length === 0) return;
    const context = this.#context;
    const { receivedMs, exportMs, sysUpTimeMs } = context;
    const known = session.templates.get(templateId)!;
    const { flows, options } = this.#count;
    for (const set of sets) {
      this.totals.setsRecovered++;
      context.receivedMs = set.receivedMs;
      context.exportMs = set.exportMs;
      context.sysUpTimeMs = set.sysUpTimeMs;
      this.#read(session, known, set.bytes, 0, set.bytes.length);
    }
    // Records of earlier messages do not count for this message. Its own waiting sets already made its count inexact.
    this.#count.flows = flows;
    this.#count.options = options;
    context.receivedMs = receivedMs;
    context.exportMs = exportMs;
    context.sysUpTimeMs = sysUpTimeMs;
  }
}

/** Zeroes the memory after the rows in use, which an error may have left half written. */
function scrub(rows: RowArrays): void {
  const { batch } = rows;
  for (const bytes of batch.bytes) bytes.fill(0, (batch.rows * bytes.length) / batch.capacity);
}
