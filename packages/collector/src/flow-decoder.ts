import { u16be } from "@ngflow/base";
import type { FlowSink } from "@ngflow/flows";
import {
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
import { CurrentMessage } from "./current-message.ts";
import { newMessageState } from "./message-state.ts";
import { RecordReader } from "./record-reader.ts";
import { AllowedExporters } from "./session/allowed-exporters.ts";
import type { DroppedSessions } from "./session/dropped-sessions.ts";
import type { HeldSets } from "./session/held-sets.ts";
import type { KnownTemplates } from "./session/known-templates.ts";
import type { Exporters } from "./session/exporters.ts";
import type { Names } from "./session/names.ts";
import type { RunningTotals } from "./session/running-totals.ts";
import type { Session } from "./session/session.ts";
import { RowShares } from "./session/row-shares.ts";
import { SessionLife } from "./session/session-life.ts";
import type { SharedSessions } from "./session/shared-sessions.ts";
import type { SessionTable } from "./session/session-table.ts";
import type { SavedSession } from "./session/template-file.ts";
import { WaitingSets } from "./waiting-sets.ts";
import { HOLD_WORK, SET_WORK, TEMPLATE_FIELD_WORK, TEMPLATE_WORK } from "./work.ts";

/** Settings that change while it decodes. */
export interface DecoderChange extends Pick<CollectorSettings, "clockLimitMs" | "exporterRate" | "templateLifetimeMs"> {
  /** Who may send; undefined for all. */
  readonly allowed: AllowedExporters | undefined;
}

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
  readonly exporters: Exporters;
  readonly names: Names;
  readonly shared: SharedSessions;
  readonly #life: SessionLife;
  readonly #rowShares = new RowShares();
  /** Called with an error of the decoder itself. The datagram is dropped and decoding goes on. */
  onInternalError: (error: unknown) => void = () => {};
  /** Called with the address of a datagram that was dropped because its address may not send. */
  onNotAllowed: (address: string) => void = () => {};

  #allowed: AllowedExporters | undefined;
  readonly #sink: FlowSink;
  readonly #protocols: readonly Protocol[];
  readonly #header: MessageHeader;
  readonly #reader: RecordReader;
  readonly #message: CurrentMessage;
  readonly #waiting: WaitingSets;

  // The current datagram.
  #bytes: Uint8Array = new Uint8Array(0);
  #protocol: Protocol;
  #protocolCounts: Float64Array;

  constructor(settings: CollectorSettings, sink: FlowSink, protocols: readonly Protocol[]) {
    const { allowExporters } = settings;
    this.#allowed = AllowedExporters.of(allowExporters);
    this.#sink = sink;
    this.#protocols = protocols;
    this.#header = newMessageHeader(protocols[0]!);
    this.protocolCounts = new Map(protocols.map((row) => [row, new Float64Array(row.counters.length)]));
    this.#protocol = protocols[0]!;
    this.#protocolCounts = this.protocolCounts.get(this.#protocol)!;
    this.#life = new SessionLife(settings, protocols, this.totals);
    ({ templates: this.templates, held: this.held, dropped: this.dropped, sessions: this.sessions } = this.#life);
    ({ exporters: this.exporters, names: this.names, shared: this.shared } = this.#life);
    const state = newMessageState();
    this.#reader = new RecordReader(settings, {
      sink,
      totals: this.totals,
      message: state,
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
    this.#message = new CurrentMessage(settings, this.sessions, state, this.#reader.context);
    this.#waiting = new WaitingSets({
      held: this.held,
      message: this.#message,
      reader: this.#reader,
      totals: this.totals,
      failed: (error) => this.#failed(error),
    });
  }

  /** Called when an exporter's clock is found to be off. */
  set onClockOff(call: (session: Session) => void) {
    this.#message.onClockOff = call;
  }

  /** Keeps running totals over a restart; undefined where they are not kept. */
  get runningTotals(): RunningTotals | undefined {
    return this.#life.runningTotals;
  }

  set runningTotals(totals: RunningTotals | undefined) {
    this.#life.runningTotals = totals;
  }

  /** Called when a connection has to be closed: one of its sessions gave way, and its templates do not come again. */
  set onConnectionLost(call: (connection: number) => void) {
    this.#life.onConnectionLost = call;
  }

  /** Uses other settings from the next datagram on. */
  change({ allowed, clockLimitMs, exporterRate, templateLifetimeMs }: DecoderChange): void {
    this.#allowed = allowed;
    this.#message.clockLimitMs = clockLimitMs;
    this.#reader.change({ clockLimitMs, exporterRate });
    this.templates.lifetimeMs = templateLifetimeMs;
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
    this.#message.begin(address, port, connection, receivedMs);
    this.#rowShares.tick(receivedMs, this.#fill);
    try {
      decodeMessage(bytes, start, end, this.#header, this, this.#protocols);
      this.#message.end(this.#header);
    } catch (error) {
      this.#failed(error);
    }
    if (this.isReady) this.#waiting.decodeReady();
  }

  /**
   * Decodes sets that waited for their template, as many as a datagram may cost. Call it again while `isReady`, between
   * other work. Never throws.
   */
  step(): void {
    this.#message.renewWork();
    this.#waiting.decodeReady();
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
    const { protocol } = header;
    if (protocol !== this.#protocol) {
      this.#protocol = protocol;
      this.#protocolCounts = this.protocolCounts.get(protocol)!;
    }
    this.#protocolCounts[0]!++;
    return this.#message.header(header, this.#bytes);
  }

  template(template: Template, _offset: number): void {
    const session = this.#message.session!;
    if (!this.#spend(TEMPLATE_WORK + TEMPLATE_FIELD_WORK * template.fields.length)) return;
    const makeRoom = (): boolean => this.sessions.evict(session);
    if (!this.templates.learn(session, template, this.#reader.context.receivedMs, makeRoom)) return;
    this.held.release(session, template.id, session.templates.get(template.id)!);
  }

  withdrawal(id: number, _offset: number): void {
    const session = this.#message.session!;
    if (this.#message.connection === 0) {
      this.totals.templateWithdrawalsIgnored++;
      return;
    }
    const all = id === 2 || id === 3;
    if (this.#spend(SET_WORK + (all ? session.templates.size : 0))) this.templates.withdraw(session, id);
  }

  data(templateId: number, start: number, end: number): void {
    if (!this.#spend(SET_WORK)) return;
    const session = this.#message.session!;
    const known = this.templates.current(session, templateId, this.#reader.context.receivedMs);
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
    if (this.#reader.read(this.#message.session!, this.#reader.fixedLayout(layout), bytes, start, end) < end) {
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
    const { session } = this.#message;
    if (session !== undefined) {
      session.malformed++;
      if (code.startsWith("template-") || code === "scope-invalid") this.#voidTemplate(session, offset);
    }
    if (code !== "trailing-bytes") this.#message.state.exact = false;
  }

  /** The template at an offset cannot be read: what was known of its id does not hold any more. */
  #voidTemplate(session: Session, offset: number): void {
    const id = u16be(this.#bytes, offset);
    this.templates.void(session, id);
    this.shared.voided(session, id, this.#reader.context.receivedMs);
    session.facts.forgetTemplate(id);
    session.named?.forgetTemplate(id);
  }

  /** Takes units of work. False, counted, when they are used up. */
  #spend(work: number): boolean {
    const { state } = this.#message;
    state.work -= work;
    if (state.work >= 0) return true;
    this.#overBudget();
    return false;
  }

  #overBudget(): void {
    this.totals.setsOverBudget++;
    this.#message.state.exact = false;
  }

  // Sessions, and data that waits for its template

  /** Adds sessions of the state file. Those that the table has no room for wait until their exporters send. */
  restore(saved: Iterable<SavedSession>): void {
    this.#life.restore(saved);
  }

  /** What to write to the state file. */
  saved(): Generator<SavedSession> {
    return this.#life.saved();
  }

  /** Drops the sessions of a connection or file that has ended, after what waited and can be decoded. */
  endConnection(connection: number): void {
    this.#life.endConnection(connection, () => this.step());
  }

  #hold(session: Session, templateId: number, start: number, end: number): void {
    if (start === end) return;
    this.#message.state.exact = false;
    if (!this.#spend(HOLD_WORK) || !this.#waiting.admit(session, end - start)) return;
    this.#waiting.hold(session, templateId, this.#bytes, start, end);
  }
}
