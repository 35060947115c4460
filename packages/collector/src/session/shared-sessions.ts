import { sameTemplate } from "@ngflow/wire";
import type { FactKind } from "./exporter-facts.ts";
import type { HeldSets } from "./held-sets.ts";
import type { KnownTemplates } from "./known-templates.ts";
import type { Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import { factPairs, NO_TEMPLATE, type SavedSession, savedSession } from "./template-file.ts";

/** Voided templates that are remembered of one session. */
const MAX_VOIDED = 256;
/** Sessions that are looked at in one step. */
const STEP_SESSIONS = 64;

interface SharedSessionsDeps {
  readonly sessions: SessionTable;
  readonly templates: KnownTemplates;
  readonly held: HeldSets;
  /** Most sessions that are known of one other collector; the rest is counted. */
  readonly maxSessions: number;
}

/**
 * What other collectors know of exporters that send to several of them: templates, and what they have said of
 * themselves. A session takes it from the session of the same address, port, protocol and domain of another collector,
 * so exporters behind one address are kept apart as they are here.
 *
 * Of two templates with one id, the one that was sent last counts, wherever that was; so does one that was defined
 * again and cannot be read. Only what came to a collector itself is passed on.
 */
export class SharedSessions {
  /** Templates taken from others, and sessions of others that there was no room for. */
  templatesShared = 0;
  sessionsNotShared = 0;

  readonly #deps: SharedSessionsDeps;
  readonly #known = new Map<string, ReadonlyMap<string, SavedSession>>();
  /** Facts that a session has from others. */
  readonly #given = new WeakMap<Session, Map<string, number>>();
  /** When templates were defined again that cannot be read, Unix milliseconds. */
  readonly #voided = new WeakMap<Session, Map<number, number>>();

  constructor(deps: SharedSessionsDeps) {
    this.#deps = deps;
  }

  /** What a collector knows now instead of what it knew before. A part of the sessions is done in each step. */
  *replace(collector: string, saved: readonly SavedSession[]): Generator<void> {
    const { sessions, maxSessions } = this.#deps;
    const before = this.#known.get(collector);
    const now = new Map<string, SavedSession>();
    for (const each of saved) {
      if (each.port === undefined) continue;
      if (now.size < maxSessions) now.set(keyOf(each.port, each.address, each.version, each.domain), each);
      else this.sessionsNotShared++;
    }
    if (now.size === 0) this.#known.delete(collector);
    else this.#known.set(collector, now);
    let done = 0;
    for (const session of sessions.values()) {
      const key = ownKey(session);
      const each = key === undefined ? undefined : now.get(key);
      if (each !== undefined) this.#give(session, each, before?.get(key!));
      if (++done % STEP_SESSIONS === 0) yield;
    }
  }

  /** A session began, or has another port: it is given what others know. */
  began(session: Session): void {
    if (this.#known.size === 0) return;
    const key = ownKey(session);
    if (key === undefined) return;
    for (const sessions of this.#known.values()) {
      const saved = sessions.get(key);
      if (saved !== undefined) this.#give(session, saved, undefined);
    }
  }

  /** A template was defined again and cannot be read. */
  voided(session: Session, id: number, nowMs: number): void {
    let voided = this.#voided.get(session);
    if (voided === undefined) this.#voided.set(session, (voided = new Map()));
    if (voided.size < MAX_VOIDED) voided.set(id, nowMs);
  }

  /** The sessions to pass on: those over UDP, with what came to this collector itself. */
  *own(): Generator<SavedSession> {
    for (const session of this.#deps.sessions.values()) {
      if (ownKey(session) === undefined) continue;
      const { templates, ...saved } = savedSession(session);
      const own = templates.filter(({ template }) => session.templates.get(template.id)?.given === false);
      const facts = this.#ownFacts(session, saved);
      if (own.length > 0 || facts.some(([, pairs]) => pairs.length > 0))
        yield { ...saved, ...ofPairs(facts), port: session.port, templates: own };
    }
  }

  #give(session: Session, saved: SavedSession, before: SavedSession | undefined): void {
    const { templates, held } = this.#deps;
    for (const { template, refreshedMs } of saved.templates) {
      const own = session.templates.get(template.id);
      if (own !== undefined && sameTemplate(own.template, template)) {
        own.refreshedMs = Math.max(own.refreshedMs, refreshedMs);
        continue;
      }
      // The other one is to know that this was sent later.
      if (own !== undefined && own.refreshedMs >= refreshedMs) templates.changed = true;
      else if (refreshedMs > (this.#voided.get(session)?.get(template.id) ?? 0)) {
        if (!templates.learn(session, template, refreshedMs)) continue;
        const known = session.templates.get(template.id)!;
        known.given = true;
        this.templatesShared++;
        held.release(session, template.id, known);
      }
    }
    for (const { template, refreshedMs } of before?.templates ?? []) {
      if (saved.templates.some((other) => other.template.id === template.id)) continue;
      const own = session.templates.get(template.id);
      if (own !== undefined && own.refreshedMs <= refreshedMs) templates.void(session, template.id);
    }
    this.#giveFacts(session, saved, before);
  }

  /** A fact that the session lacks, or that has changed since. */
  #giveFacts(session: Session, saved: SavedSession, before: SavedSession | undefined): void {
    const earlier = new Map(before === undefined ? [] : factPairs(before));
    for (const [kind, pairs] of factPairs(saved)) {
      if (pairs.length === 0) continue;
      const own = new Map(session.facts.own(kind));
      const old = new Map(earlier.get(kind) ?? []);
      for (const [key, value] of pairs) {
        const changed = old.has(key) && old.get(key) !== value;
        if (value <= 0 || own.get(key) === value || (own.has(key) && !changed)) continue;
        session.facts.set(kind, key, value, NO_TEMPLATE, kind !== "template");
        let given = this.#given.get(session);
        if (given === undefined) this.#given.set(session, (given = new Map()));
        given.set(`${kind} ${key}`, value);
      }
    }
  }

  #ownFacts(session: Session, saved: Omit<SavedSession, "templates">): [FactKind, [number, number][]][] {
    const given = this.#given.get(session);
    return factPairs(saved).map(([kind, pairs]) => [
      kind,
      pairs.filter(([key, value]) => value > 0 && given?.get(`${kind} ${key}`) !== value).map(([k, v]) => [k, v]),
    ]);
  }
}

/** Facts as they are saved. */
function ofPairs(
  facts: readonly (readonly [FactKind, readonly [number, number][]])[],
): Pick<
  SavedSession,
  "bootMs" | "samplingRate" | "activeTimeoutS" | "samplers" | "interfaces" | "lineCards" | "templateRates"
> {
  const of = new Map(facts);
  const pairs = (kind: FactKind): readonly [number, number][] => of.get(kind) ?? [];
  return {
    bootMs: pairs("boot")[0]?.[1] ?? 0,
    samplingRate: pairs("general")[0]?.[1] ?? 0,
    activeTimeoutS: pairs("activeTimeout")[0]?.[1] ?? 0,
    samplers: pairs("sampler"),
    interfaces: pairs("interface"),
    lineCards: pairs("lineCard"),
    templateRates: pairs("template"),
  };
}

/** The key of a session; undefined for one whose templates belong to a connection, or that has none of its own. */
function ownKey({ connection, sender, agent, port, address, protocol, domain }: Session): string | undefined {
  if (connection > 0 || sender !== undefined || agent !== "") return undefined;
  return keyOf(port, address, protocol.number, domain);
}

const keyOf = (port: number, address: string, version: number, domain: number): string =>
  `${port} ${address} ${version} ${domain}`;
