import { agentOf, type MessageHeader } from "@ngflow/wire";
import type { CollectorSettings } from "./config.ts";
import type { MessageState } from "./message-state.ts";
import type { RecordContext } from "./plan/record-context.ts";
import { judgeClock } from "./session/exporter-clock.ts";
import { noteRestart, settleRestart } from "./session/restart.ts";
import type { Session } from "./session/session.ts";
import type { SessionTable } from "./session/session-table.ts";
import { MESSAGE_WORK, NEW_NAMED } from "./work.ts";

/** Where sessions are per address: the numbers of a datagram's port count when no other port has sent for so long. */
const PORT_SETTLED_MS = 60_000;

/**
 * The message that is decoded now: who sent it, the session it belongs to, and what its header says of the exporter's
 * clock, numbers and restarts. One object, used again for every message.
 */
export class CurrentMessage {
  /** Undefined until the header was read, or where there is none for it. */
  session: Session | undefined;
  /** Number of the connection or file, 0 for UDP. */
  connection = 0;
  /** Called when an exporter's clock is found to be off. */
  onClockOff: (session: Session) => void = () => {};
  readonly state: MessageState;
  readonly #sessions: SessionTable;
  readonly #context: RecordContext;
  readonly #byAddress: boolean;
  /** How far the clock of an exporter may be off; it may change between two messages. */
  clockLimitMs: number;
  #address = "";
  #port = 0;

  constructor(settings: CollectorSettings, sessions: SessionTable, state: MessageState, context: RecordContext) {
    this.state = state;
    this.#byAddress = settings.sessionBy === "address";
    this.clockLimitMs = settings.clockLimitMs;
    this.#sessions = sessions;
    this.#context = context;
  }

  /** A message has come, at `receivedMs` (Unix milliseconds). */
  begin(address: string, port: number, connection: number, receivedMs: number): void {
    this.#address = address;
    this.#port = port;
    this.connection = connection;
    this.session = undefined;
    const { state } = this;
    this.renewWork();
    state.nowMs = receivedMs;
    state.flows = 0;
    state.options = 0;
    state.exact = true;
    this.#context.receivedMs = Math.floor(receivedMs);
  }

  /** From here on, what is decoded may cost as much as a message. */
  renewWork(): void {
    this.state.work = MESSAGE_WORK;
    this.state.newNamed = NEW_NAMED;
  }

  /** Its header was read. False when it belongs to no session, as too many begin: it is to be dropped. */
  header(header: MessageHeader, bytes: Uint8Array): boolean {
    const { protocol } = header;
    const { receivedMs } = this.#context;
    const port = this.#byAddress && this.connection === 0 ? 0 : this.#port;
    const agent = agentOf(header, bytes);
    const session = this.#sessions.find(
      this.#address,
      port,
      protocol,
      header.domain,
      agent,
      receivedMs,
      this.connection,
    );
    if (session === undefined) return false;
    session.datagrams++;
    session.lastSeenMs = receivedMs;
    session.headerSampling = header.samplingInterval;
    const clockMs = protocol.exportTime
      ? header.exportSeconds * 1000 + Math.floor(header.exportNanoseconds / 1e6)
      : receivedMs;
    session.clockSkewMs = clockMs - receivedMs;
    const clock = judgeClock(clockMs, receivedMs, this.clockLimitMs);
    const news = clock !== session.clock && clock !== "right";
    session.clock = clock;
    if (news) this.onClockOff(session);
    if (this.#hasNumbers(session)) noteRestart(session, header.sequence, header.sysUpTimeMs);
    this.enter(session, receivedMs, clock === "wrong" ? receivedMs : clockMs, clockMs, header.sysUpTimeMs);
    return true;
  }

  /** Makes a session the current one, with the times of the message to read. */
  enter(session: Session, receivedMs: number, exportMs: number, clockMs: number, sysUpTimeMs: number): void {
    const context = this.#context;
    this.session = session;
    context.version = session.protocol.number;
    context.domain = session.domain;
    context.exporterWords = session.exporterWords;
    context.receivedMs = receivedMs;
    context.exportMs = exportMs;
    context.clockMs = clockMs;
    context.sysUpTimeMs = sysUpTimeMs;
  }

  /** It was read to its end: its number is compared with those before it. */
  end({ sequence, sysUpTimeMs }: MessageHeader): void {
    const { session } = this;
    if (session === undefined) return;
    this.#sessions.confirm(session, this.#context.receivedMs);
    if (session.protocol.sequence === null || !this.#hasNumbers(session)) return;
    session.sequence.observe(sequence, this.state, sysUpTimeMs);
    settleRestart(session);
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
}
