import { plainAddress, u16be } from "@ngflow/base";
import { EXTRA_ROW_VALUES, FlowBatch, type FlowSink, SAMPLING } from "@ngflow/flows";
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
import { type DecoderTotals, newDecoderTotals } from "./decoder-totals.ts";
import { type ColumnPlan, columnPlan } from "./plan/column-plan.ts";
import { type DecodeProgress, decodeRows, skipRecords } from "./plan/decode-rows.ts";
import { nameFields } from "./plan/name-fields.ts";
import { type OptionsPlan, optionsPlan } from "./plan/options-plan.ts";
import { PlanCompiler } from "./plan/plan-compiler.ts";
import { newRecordContext } from "./plan/record-context.ts";
import { type RowArrays, rowArrays } from "./plan/row-arrays.ts";
import { AllowedExporters } from "./session/allowed-exporters.ts";
import { ConnectionSessions } from "./session/connection-sessions.ts";
import { DroppedSessions } from "./session/dropped-sessions.ts";
import { HeldSets } from "./session/held-sets.ts";
import { KnownTemplates } from "./session/known-templates.ts";
import { judgeClock } from "./session/exporter-clock.ts";
import { Exporters } from "./session/exporters.ts";
import { learnNames } from "./session/learn-names.ts";
import { learnOptions } from "./session/learn-options.ts";
import { Names } from "./session/names.ts";
import type { RunningTotals } from "./session/running-totals.ts";
import { NO_RATES } from "./session/rates.ts";
import { noteRestart, settleRestart } from "./session/restart.ts";
import { Session } from "./session/session.ts";
import type { SharedTemplate } from "./session/shared-template.ts";
import { RowShares } from "./session/row-shares.ts";
import { SessionTable } from "./session/session-table.ts";
import { restoreFacts, type SavedSession, savedSession, savedSessions } from "./session/template-file.ts";
import { HOLD_WORK, MESSAGE_WORK, PLAN_WORK, SET_WORK, TEMPLATE_FIELD_WORK, TEMPLATE_WORK } from "./work.ts";

/** Records of a set of flows in which names are looked for. */
const NAMED_RECORDS = 32;
/** Where sessions are per address: the numbers of a datagram's port count when no other port has sent for so long. */
const PORT_SETTLED_MS = 60_000;

/**
 * Datagrams in, flow rows out. Fills one batch, which goes to the sink when it is full or `flush` is called. Keeps
 * sessions, templates, options and waiting data; sockets, timers and files are elsewhere.
 */
export class FlowDecoder implements MessageSink {
  readonly sessions: SessionTable;
  readonly totals: DecoderTotals = newDecoderTotals();
  readonly malformedByCode = new Map<MalformedCode, number>();
  /** Values of the counters of every protocol, in the order of the protocol's row. */
  readonly protocolCounts: ReadonlyMap<Protocol, Float64Array>;
  readonly templates: KnownTemplates;
  readonly held: HeldSets;
  readonly dropped: DroppedSessions;
  readonly exporters = new Exporters();
  readonly #connections = new ConnectionSessions();
  readonly names = new Names();
  /** Keeps running totals over a restart; undefined where they are not kept. */
  runningTotals: RunningTotals | undefined;
  readonly #rowShares = new RowShares();
  /** Called with an error of the decoder itself. The datagram is dropped and decoding goes on. */
  onInternalError: (error: unknown) => void = () => {};
  /** Called with the address of a datagram that was dropped because its address may not send. */
  onNotAllowed: (address: string) => void = () => {};

  /** Called when a connection has to be closed: one of its sessions gave way, and its templates do not come again. */
  onConnectionLost: (connection: number) => void = () => {};

  /** Called when an exporter's clock is found to be off. */
  onClockOff: (session: Session) => void = () => {};

  readonly #allowed: AllowedExporters | undefined;
  readonly #byAddress: boolean;
  readonly #exporterRate: number;
  readonly #sink: FlowSink;
  readonly #rows: RowArrays;
  readonly #compiler: PlanCompiler;
  readonly #protocols: readonly Protocol[];
  readonly #clockLimitMs: number;
  readonly #header: MessageHeader;
  readonly #context = newRecordContext();
  readonly #progress: DecodeProgress = {
    next: 0,
    records: 0,
    valuesNotKept: 0,
    truncated: false,
    compiled: false,
  };

  // The current datagram.
  #bytes: Uint8Array = new Uint8Array(0);
  /** The bytes whose memory the view is of. */
  #viewed: Uint8Array | undefined;
  #address = "";
  #port = 0;
  #connection = 0;
  /** When it was received, Unix milliseconds. */
  #nowMs = 0;
  #session: Session | undefined;
  /** Units of work that are left. */
  #work = 0;
  #protocol: Protocol;
  #protocolCounts: Float64Array;
  readonly #count = { flows: 0, options: 0, exact: true };

  constructor(settings: CollectorSettings, sink: FlowSink, protocols: readonly Protocol[]) {
    const { allowExporters } = settings;
    this.#byAddress = settings.sessionBy === "address";
    this.#exporterRate = settings.exporterRate;
    this.#allowed = allowExporters.length > 0 ? new AllowedExporters(allowExporters) : undefined;
    this.#clockLimitMs = settings.clockLimitMs;
    this.#context.clockLimitMs = settings.clockLimitMs || Infinity;
    this.#context.extraRowBytes = settings.extraRowBytes;
    this.#sink = sink;
    this.#protocols = protocols;
    this.#header = newMessageHeader(protocols[0]!);
    this.protocolCounts = new Map(protocols.map((row) => [row, new Float64Array(row.counters.length)]));
    this.#protocol = protocols[0]!;
    this.#protocolCounts = this.protocolCounts.get(this.#protocol)!;
    this.templates = new KnownTemplates(settings.maxTemplates, settings.maxTemplateFields, settings.templateLifetimeMs);
    this.held = new HeldSets(settings.heldBytes, settings.heldMs);
    this.dropped = new DroppedSessions(settings.maxSessions, settings.maxTemplateFields);
    this.sessions = new SessionTable(settings.maxSessions, {
      began: (session) => this.#began(session),
      addressed: (session) => this.runningTotals?.claim(session),
      dropped: (session) => this.#forget(session),
      changed: (session) => {
        this.held.changed(session);
        session.names.changed();
      },
      moved: (session, portBefore) => {
        session.moved = portBefore !== 0;
        this.exporters.move(session, portBefore);
        if (portBefore === 0) this.runningTotals?.giveRun(session);
      },
    });
    this.#rows = rowArrays(new FlowBatch(settings.batchRows));
    this.#compiler = new PlanCompiler(this.#rows, settings.compileAfter);
  }

  /** Rows waiting in the batch. */
  get pendingRows(): number {
    return this.#rows.batch.rows;
  }

  /** Whether sets that waited for their template can be decoded now. */
  get isReady(): boolean {
    return this.held.isReady;
  }

  /**
   * Decodes the datagram in `bytes[start, end)`. Never throws: malformed parts and errors of the decoder are counted.
   * What has to wait is copied, so the memory may be used again afterwards. `receivedMs` are Unix milliseconds.
   * @param connection number of the connection or file that the message is from, 0 for UDP. Only without UDP templates
   *   can be withdrawn, and do not expire (RFC 7011 section 8.4)
   */
  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    address: string,
    port: number,
    receivedMs: number,
    connection = 0,
  ): void {
    if (connection === 0 && this.#allowed !== undefined && !this.#allowed.has(address)) {
      this.totals.datagramsNotAllowed++;
      this.onNotAllowed(address);
      return;
    }
    this.#bytes = bytes;
    this.#address = address;
    this.#port = port;
    this.#connection = connection;
    this.#nowMs = receivedMs;
    this.#session = undefined;
    this.#work = MESSAGE_WORK;
    this.#count.flows = 0;
    this.#count.options = 0;
    this.#count.exact = true;
    this.#context.receivedMs = Math.floor(receivedMs);
    this.#rowShares.tick(receivedMs, this.#fill);
    try {
      decodeMessage(bytes, start, end, this.#header, this, this.#protocols);
      this.#endMessage();
    } catch (error) {
      this.#failed(error);
    }
    if (this.isReady) this.#decodeReady();
  }

  /**
   * Decodes sets that waited for their template, as many as a datagram may cost. Call it again while `isReady`, between
   * other work. Never throws.
   */
  step(): void {
    this.#work = MESSAGE_WORK;
    this.#decodeReady();
  }

  #failed(error: unknown): void {
    this.totals.internalErrors++;
    scrub(this.#rows);
    this.onInternalError(error);
  }

  readonly #fill = (): number => this.#sink.fill ?? 0;

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
    if (taken < batch.rows) this.#rowShares.refused(batch.rows - taken);
    batch.clear();
    this.runningTotals?.flush();
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
      this.#byAddress && this.#connection === 0 ? 0 : this.#port,
      protocol,
      header.domain,
      agentOf(header, this.#bytes),
      context.receivedMs,
      this.#connection,
    );
    if (session === undefined) return false;
    session.datagrams++;
    session.lastSeenMs = context.receivedMs;
    session.headerSampling = header.samplingInterval;
    const { receivedMs } = context;
    const clockMs = protocol.exportTime
      ? header.exportSeconds * 1000 + Math.floor(header.exportNanoseconds / 1e6)
      : receivedMs;
    session.clockSkewMs = clockMs - receivedMs;
    const clock = judgeClock(clockMs, receivedMs, this.#clockLimitMs);
    const news = clock !== session.clock && clock !== "right";
    session.clock = clock;
    if (news) this.onClockOff(session);
    if (this.#hasNumbers(session)) noteRestart(session, header.sequence, header.sysUpTimeMs);
    this.#enter(session, receivedMs, clock === "wrong" ? receivedMs : clockMs, clockMs, header.sysUpTimeMs);
    return true;
  }

  /**
   * Whether the numbers of a session's datagrams follow one another: not while datagrams of several ports are of one
   * session, as every port may have numbers of its own.
   */
  #hasNumbers(session: Session): boolean {
    if (!this.#byAddress || session.connection > 0) return true;
    const { receivedMs } = this.#context;
    if (session.lastPort !== this.#port) {
      if (session.lastPort !== 0) session.portChangedMs = receivedMs;
      session.lastPort = this.#port;
      session.sequence.restart();
    }
    return session.portChangedMs === 0 || Math.abs(receivedMs - session.portChangedMs) >= PORT_SETTLED_MS;
  }

  template(template: Template, _offset: number): void {
    const session = this.#session!;
    if (!this.#spend(TEMPLATE_WORK + TEMPLATE_FIELD_WORK * template.fields.length)) return;
    const makeRoom = (): boolean => this.sessions.evict(session);
    if (!this.templates.learn(session, template, this.#context.receivedMs, makeRoom)) return;
    this.held.release(session, template.id, session.templates.get(template.id)!);
  }

  withdrawal(id: number, _offset: number): void {
    const session = this.#session!;
    if (this.#connection === 0) {
      this.totals.templateWithdrawalsIgnored++;
      return;
    }
    const all = id === 2 || id === 3;
    if (this.#spend(SET_WORK + (all ? session.templates.size : 0))) this.templates.withdraw(session, id);
  }

  data(templateId: number, start: number, end: number): void {
    if (!this.#spend(SET_WORK)) return;
    const session = this.#session!;
    const known = this.templates.current(session, templateId, this.#context.receivedMs);
    if (known === undefined) this.#hold(session, templateId, start, end);
    else if (this.#read(session, known.shared, this.#bytes, start, end) < end) this.#overBudget();
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readFixed(layout, bytes, start, end);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readFixed(layout, bytes, start, end);
  }

  /** The protocol's own counters say how many there were. */
  discards(): void {}

  counters(layout: Template, _bytes: Uint8Array, start: number, end: number): void {
    this.totals.counterRecords += layout.variable ? 1 : Math.floor((end - start) / layout.minLength);
  }

  count(position: number, by: number): void {
    this.#protocolCounts[position]! += by;
  }

  malformed(code: MalformedCode, offset: number): void {
    this.malformedByCode.set(code, (this.malformedByCode.get(code) ?? 0) + 1);
    const session = this.#session;
    if (session !== undefined) {
      session.malformed++;
      if (code.startsWith("template-") || code === "scope-invalid") this.#voidTemplate(session, offset);
    }
    if (code !== "trailing-bytes") this.#count.exact = false;
  }

  /** The template at an offset cannot be read: what was known of its id does not hold any more. */
  #voidTemplate(session: Session, offset: number): void {
    const id = u16be(this.#bytes, offset);
    this.templates.void(session, id);
    session.facts.forgetTemplate(id);
  }

  /** Takes units of work. False, counted, when they are used up. */
  #spend(work: number): boolean {
    this.#work -= work;
    if (this.#work >= 0) return true;
    this.#overBudget();
    return false;
  }

  #overBudget(): void {
    this.totals.setsOverBudget++;
    this.#count.exact = false;
  }

  // Records

  /** Reads a set. Returns where it stopped: before `end` when the work was used up. */
  #read(session: Session, shared: SharedTemplate, bytes: Uint8Array, start: number, end: number): number {
    if (shared.plan === undefined && shared.optionsPlan === undefined) {
      if (this.#work < PLAN_WORK) return start;
      this.#work -= PLAN_WORK;
      this.#makePlan(shared);
    }
    if (shared.optionsPlan !== undefined) return this.#readOptions(session, shared.optionsPlan, bytes, start, end);
    if (shared.names !== undefined) this.#readNames(session, shared.names, bytes, start, end);
    return this.#readFlows(session, shared.plan!, bytes, start, end);
  }

  /** Learns the names in the first flow records of a set: they are the same in many. */
  #readNames(session: Session, plan: OptionsPlan, bytes: Uint8Array, start: number, end: number): void {
    const { template, offsets, lengths, names, work } = plan;
    const { minLength, variable } = template;
    let o = start;
    for (let i = 0; i < NAMED_RECORDS && end - o >= minLength && this.#work >= work; i++) {
      this.#work -= work;
      const next = variable ? locateFields(bytes, o, end, template, offsets, lengths) : o + minLength;
      if (next < 0) return;
      learnNames(bytes, variable ? 0 : o, names, offsets, lengths, session.names, this.#context.receivedMs);
      o = next;
    }
  }

  #readFixed(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#spend(SET_WORK)) return;
    if (this.#read(this.#session!, this.#fixedLayout(layout), bytes, start, end) < end) this.#overBudget();
  }

  #readFlows(session: Session, plan: ColumnPlan, bytes: Uint8Array, start: number, end: number): number {
    const progress = this.#progress;
    const { minLength } = plan.template;
    const work = plan.keyed ? plan.work : plan.skipWork;
    const source = this.#rowShares.countOf(session);
    this.#useFacts(session, plan.template.id);
    if (bytes !== this.#viewed) this.#view(bytes);
    const rate = this.#exporterRate;
    let o = start;
    while (end - o >= minLength) {
      const most = (this.#work / work) | 0;
      if (most <= 0) return o;
      const ofShare = plan.keyed ? this.#rowShares.left(source) : 0;
      const ofRate = rate === 0 ? ofShare : session.share.rate.left(rate, this.#nowMs);
      const allowed = Math.min(ofShare, ofRate);
      if (allowed > 0) {
        if (!hasRoom(this.#rows.batch, this.#context.extraRowBytes)) this.flush();
        const before = this.#rows.batch.rows;
        decodeRows(plan, bytes, o, end, Math.min(most, allowed), this.#rows, this.#context, session, progress);
        this.#rowShares.made(source, this.#rows.batch.rows - before);
        if (progress.compiled) this.totals.recordsCompiled += progress.records;
        else if (this.#compiler.count(plan, progress.records)) this.totals.plansCompiled++;
        this.totals.recordsDecoded += progress.records;
        this.totals.extraValuesNotKept += progress.valuesNotKept;
        session.records += progress.records;
        if (rate > 0) session.share.rate.spend(progress.records);
      } else {
        skipRecords(plan, bytes, o, end, most, progress);
        if (plan.keyed) {
          if (ofShare > 0) this.totals.recordsOverRate += progress.records;
          else this.totals.recordsLimited += progress.records;
          session.recordsLimited += progress.records;
        } else this.totals.recordsWithoutKey += progress.records;
      }
      o = progress.next;
      this.#work -= progress.records * work;
      this.#count.flows += progress.records;
      if (progress.truncated) {
        this.malformed("record-truncated", o);
        return end;
      }
    }
    return end;
  }

  #readOptions(session: Session, plan: OptionsPlan, bytes: Uint8Array, start: number, end: number): number {
    const { template, offsets, lengths, useful, names } = plan;
    const { facts } = session;
    const { changes } = facts;
    const { minLength, variable } = template;
    let o = start;
    let reached = end;
    while (end - o >= minLength) {
      if (this.#work < plan.work) {
        reached = o;
        break;
      }
      this.#work -= plan.work;
      const next = variable ? locateFields(bytes, o, end, template, offsets, lengths) : o + minLength;
      if (next < 0) {
        this.malformed("record-truncated", o);
        break;
      }
      if (useful) learnOptions(bytes, variable ? 0 : o, plan, facts);
      if (names.length > 0) {
        learnNames(bytes, variable ? 0 : o, names, offsets, lengths, session.names, this.#context.receivedMs);
      }
      this.totals.optionRecords++;
      this.#count.options++;
      o = next;
    }
    if (facts.changes !== changes) this.templates.changed = true;
    return reached;
  }

  readonly #fixed = new WeakMap<Template, SharedTemplate>();

  /** A layout of a protocol without templates. Its plan is work for the message that brings it first. */
  #fixedLayout(layout: Template): SharedTemplate {
    let shared = this.#fixed.get(layout);
    if (shared === undefined) {
      shared = { template: layout, plan: undefined, optionsPlan: undefined };
      this.#fixed.set(layout, shared);
    }
    return shared;
  }

  #makePlan(shared: SharedTemplate): void {
    const { template } = shared;
    if (template.options) shared.optionsPlan = optionsPlan(template);
    else {
      shared.plan = columnPlan(template, this.#rows, this.#context.extraRowBytes > 0);
      if (nameFields(template).length > 0) shared.names = optionsPlan(template);
    }
  }

  /** Points the view at the memory of `bytes`, once for all sets in it: asking for `buffer` is slow. */
  #view(bytes: Uint8Array): void {
    this.#viewed = bytes;
    if (bytes.buffer !== this.#context.view.buffer) this.#context.view = new DataView(bytes.buffer);
  }

  /** Makes a session the current one, with the times of the message to read. */
  #enter(session: Session, receivedMs: number, exportMs: number, clockMs: number, sysUpTimeMs: number): void {
    const context = this.#context;
    this.#session = session;
    context.version = session.protocol.number;
    context.domain = session.domain;
    context.exporterWords = session.exporterWords;
    context.receivedMs = receivedMs;
    context.exportMs = exportMs;
    context.clockMs = clockMs;
    context.sysUpTimeMs = sysUpTimeMs;
  }

  /** Chooses the rate for the records of a template: the header's, else the options', else 1. */
  #useFacts(session: Session, template: number): void {
    const context = this.#context;
    const { facts, headerSampling } = session;
    const isEmpty = facts.isEmpty;
    const announced = isEmpty ? 0 : facts.rateOf(template);
    context.rates = isEmpty ? NO_RATES : facts;
    context.bootMs = isEmpty ? 0 : facts.bootMs;
    context.generalRate = isEmpty ? 0 : facts.general;
    context.samplingRate = headerSampling || announced || 1;
    context.samplingSource = headerSampling > 0 ? SAMPLING.header : announced > 0 ? SAMPLING.options : SAMPLING.none;
  }

  #endMessage(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.sessions.confirm(session, this.#context.receivedMs);
    if (session.protocol.sequence === null) return;
    const { sequence, sysUpTimeMs } = this.#header;
    if (!this.#hasNumbers(session)) return;
    session.sequence.observe(sequence, this.#count, sysUpTimeMs);
    settleRestart(session);
  }

  // Sessions, and data that waits for its template

  /** Adds sessions of the state file. Those that the table has no room for wait until their exporters send. */
  restore(saved: Iterable<SavedSession>): void {
    for (const s of saved) {
      const protocol = this.#protocols.find(({ number }) => number === s.version);
      if (protocol === undefined) continue;
      const address = plainAddress(s.address);
      const session = new Session(address, 0, protocol, s.domain, s.lastSeenMs, "", this.sessions.newShare());
      if (this.sessions.restore(session)) {
        this.exporters.join(session);
        this.names.join(session);
        this.runningTotals?.giveRun(session);
        this.#continue(session, s);
      } else this.dropped.keep({ ...s, address });
    }
    this.templates.changed = false;
  }

  /** What to write to the state file. */
  *saved(): Generator<SavedSession> {
    yield* savedSessions(this.sessions.values());
    yield* this.dropped.values();
  }

  /** Gives a session the templates and sampling that are known of it. */
  #continue(session: Session, saved: SavedSession): void {
    restoreFacts(session.facts, saved);
    for (const { template, refreshedMs } of saved.templates) this.templates.learn(session, template, refreshedMs);
    if (saved.established === true) this.sessions.establish(session);
  }

  #began(session: Session): void {
    this.exporters.join(session);
    this.names.join(session);
    this.runningTotals?.giveRun(session);
    if (session.connection > 0) {
      if (this.#connections.add(session)) this.sessions.establish(session);
      return;
    }
    const saved = this.dropped.take(session.address, session.protocol.number, session.domain);
    if (saved !== undefined) this.#continue(session, saved);
  }

  /** Drops the sessions of a connection or file that has ended, after what waited and can be decoded. */
  endConnection(connection: number): void {
    const ended = this.#connections.end(connection);
    while (ended.size > 0 && this.isReady) this.step();
    for (const session of ended) this.sessions.end(session);
  }

  #forget(session: Session): void {
    if (session.connection > 0) {
      if (this.#connections.remove(session)) this.onConnectionLost(session.connection);
    } else if (session.proved && session.templates.size > 0) this.dropped.keep(savedSession(session));
    this.totals.sequenceGaps += session.sequence.gaps;
    this.totals.sequenceResets += session.sequence.resets;
    this.totals.datagramsReordered += session.sequence.reordered;
    this.totals.recordsLost += session.sequence.lostRecords;
    this.templates.forget(session);
    this.held.forget(session);
    this.exporters.leave(session);
    this.names.leave(session);
    this.runningTotals?.keep(session);
  }

  #hold(session: Session, templateId: number, start: number, end: number): void {
    if (start === end) return;
    this.#count.exact = false;
    const { receivedMs, exportMs, clockMs, sysUpTimeMs } = this.#context;
    if (!this.#spend(HOLD_WORK) || !this.held.admit(session, end - start, receivedMs)) return;
    const bytes = this.#bytes.slice(start, end);
    this.held.hold(session, templateId, { bytes, receivedMs, exportMs, clockMs, sysUpTimeMs });
  }

  /**
   * Decodes sets that waited for their template, with the times of the messages they came in, until the work is used
   * up. Their records do not count for the sequence number of a message.
   */
  #decodeReady(): void {
    let ready = this.held.ready();
    try {
      for (; ready !== undefined; ready = this.held.ready()) {
        const { session, known } = ready;
        const { bytes, receivedMs, exportMs, clockMs, sysUpTimeMs } = ready.sets[ready.next]!;
        if (this.#work < SET_WORK) return;
        this.#work -= SET_WORK;
        this.#enter(session, receivedMs, exportMs, clockMs, sysUpTimeMs);
        ready.offset = this.#read(session, known.shared, bytes, ready.offset, bytes.length);
        if (ready.offset < bytes.length) return;
        this.held.done(ready);
        this.totals.setsRecovered++;
      }
    } catch (error) {
      this.held.done(ready!);
      this.#failed(error);
    }
  }
}

/** Whether the batch has room for the two rows that a record may have. */
function hasRoom({ capacity, rows, extra }: FlowBatch, extraRowBytes: number): boolean {
  return capacity - rows >= 2 && (extra.count === 0 || extra.rowsLeft(EXTRA_ROW_VALUES, extraRowBytes) >= 2);
}

/** Zeroes the memory after the rows in use, which an error may have left half written. */
function scrub(rows: RowArrays): void {
  const { batch } = rows;
  for (const bytes of batch.bytes) bytes.fill(0, (batch.rows * bytes.length) / batch.capacity);
  batch.extra.truncate(batch.rows);
}
