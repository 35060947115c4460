import { sameTemplate, type Template } from "@ngflow/wire";
import { NamesRoom } from "./domain-names.ts";
import { elementsVersion, namedTemplate } from "./named-template.ts";
import type { KnownTemplate, Session } from "./session.ts";
import { SharedTemplates } from "./shared-template.ts";

/**
 * Exporters of one kind send the same templates, which take memory once. So the fields of all sessions may be so many
 * times those of the templates that are different.
 */
const SHARED_TIMES = 4;

/** Least time between two changes of the elements of a template: each makes a plan, and exporters choose how often. */
const NAMED_MS = 1000;

/**
 * The templates of all sessions. Their number per session, and their fields over all sessions and over those of one
 * address, are bounded; one address has at most half of the fields that different templates may have. When a bound is
 * reached, a new template is refused, unless `makeRoom` drops another session. With a lifetime, templates of exporters
 * over UDP expire when they are not sent again (RFC 7011 section 8.4); without one they do not.
 */
export class KnownTemplates {
  /** Templates known now. */
  known = 0;
  templatesLearned = 0;
  templatesWithdrawn = 0;
  templatesRefused = 0;
  templatesExpired = 0;
  /** How often `changed` was set. */
  changes = 0;
  #changed = false;

  readonly #maxPerSession: number;
  readonly #maxFields: number;
  #lifetimeMs = Infinity;
  readonly #names: NamesRoom;
  readonly #shared = new SharedTemplates();
  #fields = 0;

  /**
   * @param lifetimeMs 0 for no end
   * @param names the room of the names of all sessions
   */
  constructor(maxPerSession: number, maxFields: number, lifetimeMs = 0, names = new NamesRoom()) {
    this.#names = names;
    this.#maxPerSession = maxPerSession;
    this.#maxFields = maxFields;
    this.lifetimeMs = lifetimeMs;
  }

  /** Set when a template was learned or dropped; the code that saves the templates clears it. */
  get changed(): boolean {
    return this.#changed;
  }

  set changed(changed: boolean) {
    this.#changed = changed;
    if (changed) this.changes++;
  }

  /** How long a template is used after it was last sent, milliseconds; 0 for no end. */
  set lifetimeMs(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs > 0 ? lifetimeMs : Infinity;
  }

  /** The template of an id; undefined where there is none, or it has expired. */
  current(session: Session, id: number, nowMs: number): KnownTemplate | undefined {
    const known = session.templates.get(id);
    if (known === undefined) return undefined;
    if (this.#lifetimeMs !== Infinity && session.connection === 0 && nowMs - known.refreshedMs > this.#lifetimeMs) {
      this.#drop(session, id);
      this.templatesExpired++;
      return undefined;
    }
    // With many sessions, what is not looked at here is not in a cache either.
    if (this.#names.elementChanges === 0) return known;
    return known.elements === elementsVersion(session) ? known : this.#named(session, known, nowMs);
  }

  /** Drops the templates that have expired. */
  expire(sessions: Iterable<Session>, nowMs: number): void {
    if (this.#lifetimeMs === Infinity) return;
    for (const session of sessions) for (const id of session.templates.keys()) this.current(session, id, nowMs);
  }

  /**
   * Adds a template, or records that a known one was sent again. False when a bound is reached and `makeRoom`, which
   * drops another session, fails.
   */
  learn(session: Session, template: Template, nowMs: number, makeRoom: () => boolean = () => false): boolean {
    const before = session.templates.get(template.id);
    if (before !== undefined && sameTemplate(before.template, template)) {
      before.refreshedMs = nowMs;
      if (before.given) this.changed = true;
      before.given = false;
      return true;
    }
    const more = template.fields.length - (before?.template.fields.length ?? 0);
    let room = before !== undefined || session.templates.size < this.#maxPerSession;
    if (more > 0 && session.share.fields + more > this.#maxFields / 2) room = false;
    while (room && !this.#hasRoom(session, template, more)) room = makeRoom();
    if (!room) {
      this.templatesRefused++;
      this.void(session, template.id);
      return false;
    }
    if (before === undefined) this.known++;
    this.#count(session, more);
    const shared = this.#shared.take(session.protocol, template);
    if (before !== undefined) this.#shared.release(session.protocol, before.shared);
    const known = {
      template: shared.template,
      shared,
      refreshedMs: nowMs,
      elements: 0,
      namedMs: -Infinity,
      given: false,
    };
    session.templates.set(template.id, known);
    if (elementsVersion(session) > 0) this.#named(session, known, nowMs);
    this.templatesLearned++;
    this.changed = true;
    return true;
  }

  /** Gives a template the elements that its exporter has described since; where there is no room, it stays as it is. */
  #named(session: Session, known: KnownTemplate, nowMs: number): KnownTemplate {
    if (Math.abs(nowMs - known.namedMs) < NAMED_MS) return known;
    known.elements = elementsVersion(session);
    const template = namedTemplate(session, known.template);
    if (template === known.template || !this.#hasRoom(session, template, 0)) return known;
    const shared = this.#shared.take(session.protocol, template);
    this.#shared.release(session.protocol, known.shared);
    const named = { ...known, template: shared.template, shared, namedMs: nowMs };
    session.templates.set(template.id, named);
    return named;
  }

  #hasRoom({ protocol }: Session, template: Template, more: number): boolean {
    if (this.#fields + more > SHARED_TIMES * this.#maxFields) return false;
    return this.#shared.fields + this.#shared.fieldsToAdd(protocol, template) <= this.#maxFields;
  }

  /** Drops a template that was defined again and cannot be used: its data is not of the old one. */
  void(session: Session, id: number): void {
    if (session.templates.has(id)) this.#drop(session, id);
  }

  /** Drops one template, or all of a kind: 2 flow templates, 3 options templates (RFC 7011 section 8.1). */
  withdraw(session: Session, id: number): void {
    const before = this.known;
    if (session.templates.has(id)) this.#drop(session, id);
    else if (id === 2 || id === 3) {
      for (const [known, { template }] of session.templates) {
        if (template.options === (id === 3)) this.#drop(session, known);
      }
    }
    this.templatesWithdrawn += before - this.known;
  }

  /** Drops the templates of a session that is dropped. */
  forget(session: Session): void {
    for (const id of [...session.templates.keys()]) this.#drop(session, id);
  }

  #drop(session: Session, id: number): void {
    const { template, shared } = session.templates.get(id)!;
    this.#count(session, -template.fields.length);
    this.#shared.release(session.protocol, shared);
    session.templates.delete(id);
    this.known--;
    this.changed = true;
  }

  #count(session: Session, fields: number): void {
    this.#fields += fields;
    session.share.fields += fields;
  }
}
