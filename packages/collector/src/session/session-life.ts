import { plainAddress } from "@ngflow/base";
import type { Protocol } from "@ngflow/wire";
import type { CollectorSettings } from "../config.ts";
import type { DecoderTotals } from "../decoder-totals.ts";
import { ConnectionSessions } from "./connection-sessions.ts";
import { DroppedSessions } from "./dropped-sessions.ts";
import { Exporters } from "./exporters.ts";
import { HeldSets } from "./held-sets.ts";
import { KnownTemplates } from "./known-templates.ts";
import { Names } from "./names.ts";
import type { RunningTotals } from "./running-totals.ts";
import { Session } from "./session.ts";
import { SharedSessions } from "./shared-sessions.ts";
import { SessionTable } from "./session-table.ts";
import { restoreFacts, type SavedSession, savedSession, savedSessions } from "./template-file.ts";

/** How sessions begin and end: what they are given, and what is kept of them. */
export class SessionLife {
  readonly sessions: SessionTable;
  readonly templates: KnownTemplates;
  readonly held: HeldSets;
  readonly dropped: DroppedSessions;
  readonly exporters = new Exporters();
  readonly names = new Names();
  /** What other collectors know. */
  readonly shared: SharedSessions;
  /** Keeps running totals over a restart; undefined where they are not kept. */
  runningTotals: RunningTotals | undefined;
  /** Called when a connection has to be closed: one of its sessions gave way, and its templates do not come again. */
  onConnectionLost: (connection: number) => void = () => {};
  readonly #connections = new ConnectionSessions();
  readonly #protocols: readonly Protocol[];
  readonly #totals: DecoderTotals;

  constructor(settings: CollectorSettings, protocols: readonly Protocol[], totals: DecoderTotals) {
    this.#protocols = protocols;
    this.#totals = totals;
    const { maxTemplates, maxTemplateFields, templateLifetimeMs } = settings;
    this.templates = new KnownTemplates(maxTemplates, maxTemplateFields, templateLifetimeMs, this.names.room);
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
        this.shared.began(session);
      },
    });
    const { sessions, templates, held } = this;
    this.shared = new SharedSessions({ sessions, templates, held, maxSessions: settings.maxSessions });
  }

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
    this.shared.began(session);
  }

  /**
   * Drops the sessions of a connection or file that has ended, after what waited and can be decoded: `step` decodes
   * some of it.
   */
  endConnection(connection: number, step: () => void): void {
    const ended = this.#connections.end(connection);
    while (ended.size > 0 && this.held.isReady) step();
    for (const session of ended) this.sessions.end(session);
  }

  #forget(session: Session): void {
    if (session.connection > 0) {
      if (this.#connections.remove(session)) this.onConnectionLost(session.connection);
    } else if (session.proved && session.templates.size > 0) this.dropped.keep(savedSession(session));
    this.#totals.sequenceGaps += session.sequence.gaps;
    this.#totals.sequenceResets += session.sequence.resets;
    this.#totals.datagramsReordered += session.sequence.reordered;
    this.#totals.recordsLost += session.sequence.lostRecords;
    this.templates.forget(session);
    this.held.forget(session);
    this.exporters.leave(session);
    this.names.leave(session);
    this.runningTotals?.keep(session);
  }
}
