import { sameTemplate, type Template } from "@ngflow/wire";
import { AnonymisePlan } from "./anonymise-plan.ts";

/** Most sessions, templates of one, and fields of the templates of all. */
const MOST_SESSIONS = 4096;
const MOST_TEMPLATES = 1024;
const MOST_FIELDS = 262_144;
/** Sets that a session has had with a template, from which on it gives way to others last. */
const PROVED_SETS = 10;

interface Known {
  readonly template: Template;
  readonly plan: AnonymisePlan;
}

/** The templates of one session. */
export interface SessionTemplates {
  readonly key: string;
  readonly templates: Map<number, Known>;
  fields: number;
  /** Sets that had a template. */
  sets: number;
}

/**
 * The templates by which datagrams are anonymised. Of too many, the sessions that were silent for longest give way;
 * those that have sent data give way last, because senders can be forged.
 */
export class AnonymiseTemplates {
  readonly #newcomers = new Map<string, SessionTemplates>();
  readonly #proved = new Map<string, SessionTemplates>();
  #fields = 0;

  /** The session of a key. */
  of(key: string): SessionTemplates {
    const found = this.#proved.get(key) ?? this.#newcomers.get(key);
    const session = found ?? { key, templates: new Map<number, Known>(), fields: 0, sets: 0 };
    // The one that was used last is the last one of the map.
    this.#newcomers.delete(key);
    this.#proved.delete(key);
    (session.sets >= PROVED_SETS ? this.#proved : this.#newcomers).set(key, session);
    if (found === undefined) this.#makeRoom(session);
    return session;
  }

  learn(session: SessionTemplates, template: Template): void {
    const before = session.templates.get(template.id);
    if (before !== undefined && sameTemplate(before.template, template)) return;
    if (before !== undefined) this.#count(session, -before.template.fields.length);
    session.templates.delete(template.id);
    if (session.templates.size >= MOST_TEMPLATES) return;
    session.templates.set(template.id, { template, plan: new AnonymisePlan(template) });
    this.#count(session, template.fields.length);
    this.#makeRoom(session);
  }

  /** A template was defined again and cannot be read: data with its id is not of the old one. */
  void(session: SessionTemplates, id: number): void {
    const before = session.templates.get(id);
    if (before === undefined) return;
    session.templates.delete(id);
    this.#count(session, -before.template.fields.length);
  }

  /** The plan of a template; undefined if it is not known. */
  plan(session: SessionTemplates, id: number): AnonymisePlan | undefined {
    const plan = session.templates.get(id)?.plan;
    if (plan !== undefined) session.sets++;
    return plan;
  }

  #makeRoom(except: SessionTemplates): void {
    while (this.#fields > MOST_FIELDS || this.#newcomers.size + this.#proved.size > MOST_SESSIONS) {
      const oldest = other(this.#newcomers, except) ?? other(this.#proved, except);
      if (oldest === undefined) return;
      this.#newcomers.delete(oldest.key);
      this.#proved.delete(oldest.key);
      this.#count(oldest, -oldest.fields);
    }
  }

  #count(session: SessionTemplates, fields: number): void {
    session.fields += fields;
    this.#fields += fields;
  }
}

/** The one that was silent for longest, but not `except`. */
function other(sessions: Map<string, SessionTemplates>, except: SessionTemplates): SessionTemplates | undefined {
  for (const session of sessions.values()) if (session !== except) return session;
  return undefined;
}
