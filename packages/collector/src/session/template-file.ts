import { checkTemplate, fieldSpecifier, newTemplate, type Template } from "@ngflow/wire";
import type { DomainFacts, FactKind } from "./exporter-facts.ts";
import type { Session } from "./session.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

/** Name of the file in the state directory. */
const TEMPLATE_FILE = "templates.json";

const FORMAT = 1;
const MAX_U32 = 0xffffffff;

/** A session in the file. It has no port, because a restarted exporter has another one. */
export interface SavedSession {
  readonly address: string;
  /** Number of the protocol. */
  readonly version: number;
  readonly domain: number;
  readonly lastSeenMs: number;
  readonly bootMs: number;
  readonly samplingRate: number;
  /** Whether it was established; absent for one that was not. */
  readonly established?: boolean;
  /** Sampler id and rate. */
  readonly samplers: readonly (readonly [number, number])[];
  /** Interface, line card and template, each with its rate; absent in files of older releases. */
  readonly interfaces?: readonly (readonly [number, number])[];
  readonly lineCards?: readonly (readonly [number, number])[];
  readonly templateRates?: readonly (readonly [number, number])[];
  readonly templates: readonly SavedTemplate[];
}

interface SavedTemplate {
  readonly id: number;
  readonly scopeCount: number;
  readonly options: boolean;
  readonly refreshedMs: number;
  /** Enterprise number, element id, length. */
  readonly fields: readonly (readonly [number, number, number])[];
}

/**
 * The sessions to save: those of UDP with templates. Of sessions that differ only in their port, the latest is saved.
 */
export function savedSessions(sessions: Iterable<Session>): SavedSession[] {
  const newest = new Map<string, Session>();
  for (const s of sessions) {
    if (s.templates.size === 0 || s.connection > 0) continue;
    const key = `${s.address} ${s.protocol.number} ${s.domain}`;
    const other = newest.get(key);
    if (other === undefined || other.lastSeenMs <= s.lastSeenMs) newest.set(key, s);
  }
  return Array.from(newest.values(), savedSession);
}

/** What is kept of a session. */
export function savedSession(s: Session): SavedSession {
  return {
    address: s.address,
    version: s.protocol.number,
    domain: s.domain,
    lastSeenMs: s.lastSeenMs,
    bootMs: wholeOf(s, "boot"),
    samplingRate: wholeOf(s, "general"),
    ...(s.proved && { established: true }),
    samplers: s.facts.own("sampler"),
    interfaces: s.facts.own("interface"),
    lineCards: s.facts.own("lineCard"),
    templateRates: s.facts.own("template"),
    templates: [...s.templates.values()].map(({ template, refreshedMs }) => ({
      id: template.id,
      scopeCount: template.scopeCount,
      options: template.options,
      refreshedMs,
      fields: template.fields.map(({ pen, id, length }) => [pen, id, length] as const),
    })),
  };
}

/** Gives back what was saved of an exporter's facts. */
export function restoreFacts(facts: DomainFacts, saved: SavedSession): void {
  const { bootMs, samplingRate, samplers, interfaces = [], lineCards = [], templateRates = [] } = saved;
  const put = (kind: FactKind, pairs: readonly (readonly [number, number])[]): void => {
    for (const [key, value] of pairs) if (value > 0) facts.set(kind, key, value, NO_TEMPLATE, kind !== "template");
  };
  put("boot", [[0, bootMs]]);
  put("general", [[0, samplingRate]]);
  put("sampler", samplers);
  put("interface", interfaces);
  put("lineCard", lineCards);
  put("template", templateRates);
}

/** The template of facts from the file: no record of it comes. */
const NO_TEMPLATE = 0;

/** A fact about the domain as a whole; 0 for none. */
function wholeOf({ facts }: Session, kind: "boot" | "general"): number {
  return facts.own(kind)[0]?.[1] ?? 0;
}

/** Makes the template that was saved. */
export function restoredTemplate(saved: SavedTemplate): Template {
  const fields = saved.fields.map(([pen, id, length]) => fieldSpecifier(pen, id, length));
  return newTemplate(saved.id, fields, saved.scopeCount, saved.options);
}

/** Replaces the template file. */
export function writeTemplateFile(stateDir: string, sessions: readonly SavedSession[]): Promise<void> {
  return writeStateFile(stateDir, TEMPLATE_FILE, { format: FORMAT, sessions });
}

/** The saved sessions; empty without a file. A damaged file is set aside and reported to `onDamage`. */
export function readTemplateFile(stateDir: string, onDamage: (reason: string) => void): SavedSession[] {
  return readStateFile(stateDir, TEMPLATE_FILE, isSaved, onDamage)?.sessions ?? [];
}

function isSaved(value: unknown): value is { format: number; sessions: SavedSession[] } {
  const file = value as { format?: unknown; sessions?: unknown };
  return file?.format === FORMAT && Array.isArray(file.sessions) && file.sessions.every(isSession);
}

const isUint = (value: unknown, max: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;

function isSession(value: unknown): boolean {
  const s = value as SavedSession;
  return (
    typeof s?.address === "string" &&
    isUint(s.version, 255) &&
    isUint(s.domain, MAX_U32) &&
    Number.isFinite(s.lastSeenMs) &&
    isUint(s.bootMs, 2 ** 64) &&
    isUint(s.samplingRate, MAX_U32) &&
    (s.established === undefined || typeof s.established === "boolean") &&
    isPairs(s.samplers) &&
    [s.interfaces, s.lineCards, s.templateRates].every((pairs) => pairs === undefined || isPairs(pairs)) &&
    Array.isArray(s.templates) &&
    s.templates.every(isTemplate)
  );
}

/** Keys are numbers of up to eight bytes, rates of up to four. */
const isPairs = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (pair) => Array.isArray(pair) && pair.length === 2 && isUint(pair[0], 2 ** 64) && isUint(pair[1], MAX_U32),
  );

function isTemplate(value: unknown): boolean {
  const t = value as SavedTemplate;
  return (
    isUint(t?.id, 65535) &&
    t.id >= 256 &&
    isUint(t.scopeCount, 65535) &&
    typeof t.options === "boolean" &&
    Number.isFinite(t.refreshedMs) &&
    Array.isArray(t.fields) &&
    t.fields.every(
      (f) => Array.isArray(f) && Number.isInteger(f[0]) && f[0] >= -1 && isUint(f[1], 65535) && isUint(f[2], 65535),
    ) &&
    checkTemplate(restoredTemplate(t)) === undefined
  );
}
