import { plainAddress, u16be } from "@ngflow/base";
import type { FlowSink } from "@ngflow/flows";
import {
  agentOf,
  decodeMessage,
  type MalformedCode,
  type MessageHeader,
  type MessageSink,
  newMessageHeader,
  type Protocol,
  type Template,
} from "@ngflow/wire";
import type { CollectorSettings } from "./config.ts";
import { type DecoderTotals, newDecoderTotals } from "./decoder-totals.ts";
import type { RecordContext } from "./plan/record-context.ts";
import type { MessageState } from "./message-state.ts";
import { RecordReader } from "./record-reader.ts";
import { AllowedExporters } from "./session/allowed-exporters.ts";
import { ConnectionSessions } from "./session/connection-sessions.ts";
import { DroppedSessions } from "./session/dropped-sessions.ts";
import { HeldSets } from "./session/held-sets.ts";
import { KnownTemplates } from "./session/known-templates.ts";
import { judgeClock } from "./session/exporter-clock.ts";
import { Exporters } from "./session/exporters.ts";
import { Names } from "./session/names.ts";
import type { RunningTotals } from "./session/running-totals.ts";
import { noteRestart, settleRestart } from "./session/restart.ts";
import { Session } from "./session/session.ts";
import { RowShares } from "./session/row-shares.ts";
import { SessionTable } from "./session/session-table.ts";
import { restoreFacts, type SavedSession, savedSession, savedSessions } from "./session/template-file.ts";
import { HOLD_WORK, MESSAGE_WORK, NEW_NAMED, SET_WORK, TEMPLATE_FIELD_WORK, TEMPLATE_WORK } from "./work.ts";

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
  readonly #sink: FlowSink;
  readonly #protocols: readonly Protocol[];
  readonly #clockLimitMs: number;
  readonly #header: MessageHeader;
  readonly #reader: RecordReader;
  readonly #context: RecordContext;

  // The current datagram.
  #bytes: Uint8Array = new Uint8Array(0);
  #address = "";
  #port = 0;
  #connection = 0;
  #session: Session | undefined;
  #protocol: Protocol;
  #protocolCounts: Float64Array;
  readonly #message: MessageState = { work: 0, newNamed: 0, nowMs: 0, flows: 0, options: 0, exact: true };

  constructor(settings: CollectorSettings, sink: FlowSink, protocols: readonly Protocol[]) {
    const { allowExporters } = settings;
    this.#byAddress = settings.sessionBy === "address";
    this.#allowed = allowExporters.length > 0 ? new AllowedExporters(allowExporters) : undefined;
    this.#clockLimitMs = settings.clockLimitMs;
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
    this.#reader = new RecordReader(settings, {
      sink,
      totals: this.totals,
      message: this.#message,
      sessions: this.sessions,
      rowShares: this.#rowShares,
      malformed: (code, offset) => this.malformed(code, offset),
      factsChanged: () => (this.templates.changed = true),
      sinkFailed: (error) => {
        this.totals.internalErrors++;
        this.onInternalError(error);
      },
      flushed: () => this.runningTotals?.flush(),
    });
    this.#context = this.#reader.context;
  }

  /** Rows waiting in the batch. */
  get pendingRows(): number {
    return this.#reader.pendingRows;
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
    this.#session = undefined;
    const message = this.#message;
    message.work = MESSAGE_WORK;
    message.newNamed = NEW_NAMED;
    message.nowMs = receivedMs;
    message.flows = 0;
    message.options = 0;
    message.exact = true;
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
    this.#message.work = MESSAGE_WORK;
    this.#message.newNamed = NEW_NAMED;
    this.#decodeReady();
  }

  #failed(error: unknown): void {
    this.totals.internalErrors++;
    this.#reader.scrub();
    this.onInternalError(error);
  }

  readonly #fill = (): number => this.#sink.fill ?? 0;

  /** Passes the rows of the batch to the sink. Never throws: if the sink throws, the rows count as refused. */
  flush(): void {
    this.#reader.flush();
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
    else if (this.#reader.read(session, known.shared, this.#bytes, start, end) < end) this.#overBudget();
  }

  flows(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readFixed(layout, bytes, start, end);
  }

  options(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    this.#readFixed(layout, bytes, start, end);
  }

  #readFixed(layout: Template, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#spend(SET_WORK)) return;
    if (this.#reader.read(this.#session!, this.#reader.fixedLayout(layout), bytes, start, end) < end) {
      this.#overBudget();
    }
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
    if (code !== "trailing-bytes") this.#message.exact = false;
  }

  /** The template at an offset cannot be read: what was known of its id does not hold any more. */
  #voidTemplate(session: Session, offset: number): void {
    const id = u16be(this.#bytes, offset);
    this.templates.void(session, id);
    session.facts.forgetTemplate(id);
    session.named?.forgetTemplate(id);
  }

  /** Takes units of work. False, counted, when they are used up. */
  #spend(work: number): boolean {
    this.#message.work -= work;
    if (this.#message.work >= 0) return true;
    this.#overBudget();
    return false;
  }

  #overBudget(): void {
    this.totals.setsOverBudget++;
    this.#message.exact = false;
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

  #endMessage(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.sessions.confirm(session, this.#context.receivedMs);
    if (session.protocol.sequence === null) return;
    const { sequence, sysUpTimeMs } = this.#header;
    if (!this.#hasNumbers(session)) return;
    session.sequence.observe(sequence, this.#message, sysUpTimeMs);
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
    // What is kept is of the sender.
    if (session.sender !== undefined) return;
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
    this.#message.exact = false;
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
        if (this.#message.work < SET_WORK) return;
        this.#message.work -= SET_WORK;
        this.#enter(session, receivedMs, exportMs, clockMs, sysUpTimeMs);
        ready.offset = this.#reader.read(session, known.shared, bytes, ready.offset, bytes.length);
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
