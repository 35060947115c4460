import { setImmediate as nextTurn } from "node:timers/promises";
import { checkTemplate, fieldSpecifier, newTemplate, type Template } from "@ngflow/wire";
import type { DomainFacts, FactKind } from "./exporter-facts.ts";
import type { Session } from "./session.ts";
import { parseStateFile, writeStateFile } from "./state-file.ts";

/** Name of the file in the state directory. */
const TEMPLATE_FILE = "templates.json";

const FORMAT = 2;
/** Characters that are written or read in one turn. */
const SLICE_CHARACTERS = 65_536;
const MAX_U32 = 0xffffffff;

/** A session in the file. A restarted exporter has another port, so that is only in files for other collectors. */
export interface SavedSession {
  readonly address: string;
  readonly port?: number;
  /** Number of the protocol. */
  readonly version: number;
  readonly domain: number;
  readonly lastSeenMs: number;
  readonly bootMs: number;
  readonly samplingRate: number;
  /** Absent in files of older releases. */
  readonly activeTimeoutS?: number;
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
  readonly template: Template;
  readonly refreshedMs: number;
}

/**
 * The sessions to save: those of UDP with templates. Of sessions that differ only in their port, the latest is saved.
 * They are chosen at the first step, and each is looked at in a step of its own.
 */
export function* savedSessions(sessions: Iterable<Session>): Generator<SavedSession> {
  const newest = new Map<string, Session>();
  for (const s of sessions) {
    if (s.templates.size === 0 || s.connection > 0) continue;
    const key = `${s.address} ${s.protocol.number} ${s.domain}`;
    const other = newest.get(key);
    if (other === undefined || other.lastSeenMs <= s.lastSeenMs) newest.set(key, s);
  }
  for (const s of newest.values()) if (s.templates.size > 0) yield savedSession(s);
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
    activeTimeoutS: wholeOf(s, "activeTimeout"),
    ...(s.proved && { established: true }),
    samplers: s.facts.own("sampler"),
    interfaces: s.facts.own("interface"),
    lineCards: s.facts.own("lineCard"),
    templateRates: s.facts.own("template"),
    templates: [...s.templates.values()].map(({ template, refreshedMs }) => ({ template, refreshedMs })),
  };
}

/** Gives back what was saved of an exporter's facts. */
export function restoreFacts(facts: DomainFacts, saved: SavedSession): void {
  for (const [kind, pairs] of factPairs(saved))
    for (const [key, value] of pairs) if (value > 0) facts.set(kind, key, value, NO_TEMPLATE, kind !== "template");
}

/** What was saved of an exporter's facts: keys and values of each kind. */
export function factPairs(
  saved: Omit<SavedSession, "templates">,
): readonly (readonly [FactKind, readonly (readonly [number, number])[]])[] {
  const { bootMs, samplingRate, activeTimeoutS = 0, samplers } = saved;
  const { interfaces = [], lineCards = [], templateRates = [] } = saved;
  return [
    ["boot", [[0, bootMs]]],
    ["general", [[0, samplingRate]]],
    ["activeTimeout", [[0, activeTimeoutS]]],
    ["sampler", samplers],
    ["interface", interfaces],
    ["lineCard", lineCards],
    ["template", templateRates],
  ];
}

/** The template of facts from the file: no record of it comes. */
export const NO_TEMPLATE = 0;

/** A fact about the domain as a whole; 0 for none. */
function wholeOf({ facts }: Session, kind: "boot" | "general" | "activeTimeout"): number {
  return facts.own(kind)[0]?.[1] ?? 0;
}

/**
 * Replaces the template file. Every line is JSON: the format, templates that are different, sessions with the numbers
 * of their templates (lines before, from 0), and the number of sessions. It is made in slices, between which the thread
 * does other work.
 */
export function writeTemplateFile(
  stateDir: string,
  sessions: Iterable<SavedSession>,
  name = TEMPLATE_FILE,
): Promise<void> {
  return writeStateFile(stateDir, name, inSlices(fileLines(sessions)));
}

function* fileLines(sessions: Iterable<SavedSession>): Generator<string> {
  yield JSON.stringify({ format: FORMAT });
  const numbers = new Map<Template, number>();
  let count = 0;
  for (const { templates, ...session } of sessions) {
    const known: [number, number][] = [];
    for (const { template, refreshedMs } of templates) {
      let number = numbers.get(template);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(template, number);
        yield JSON.stringify({ template: inFile(template) });
      }
      known.push([number, refreshedMs]);
    }
    yield JSON.stringify({ session: { ...session, templates: known } });
    count++;
  }
  yield JSON.stringify({ end: count });
}

function inFile({ id, scopeCount, options, fields }: Template): FileTemplate {
  return { id, scopeCount, options, fields: fields.map(({ pen, id, length }) => [pen, id, length] as const) };
}

/** Lines as longer texts, to be written one at a time. */
function* inSlices(lines: Iterable<string>): Generator<string> {
  let slice = "";
  for (const line of lines) {
    slice += `${line}\n`;
    if (slice.length < SLICE_CHARACTERS) continue;
    yield slice;
    slice = "";
  }
  yield slice;
}

/**
 * The saved sessions; empty without a file. A damaged file is set aside and reported to `onDamage`. The file is read in
 * slices, between which the thread does other work.
 */
export async function readTemplateFile(
  stateDir: string,
  onDamage: (reason: string) => void,
  name = TEMPLATE_FILE,
): Promise<readonly SavedSession[]> {
  return (await parseStateFile(stateDir, name, parseFile, onDamage)) ?? [];
}

async function parseFile(text: string): Promise<SavedSession[]> {
  const lines = text.split("\n");
  const first: unknown = JSON.parse(lines[0]!);
  if (isFirstFormat(first)) return first.sessions.map(ofFirstFormat);
  const templates: Template[] = [];
  const sessions: SavedSession[] = [];
  let isWhole = (first as { format?: unknown })?.format === FORMAT;
  let characters = 0;
  for (let i = 1; isWhole && i < lines.length - 1; i++) {
    const line = lines[i]!;
    const { template, session, end } = JSON.parse(line) as FileLine;
    if (isTemplate(template)) templates.push(restoredTemplate(template));
    else if (isSession(session, templates.length)) {
      const known = session.templates.map(([number, refreshedMs]) => ({ template: templates[number]!, refreshedMs }));
      sessions.push({ ...session, templates: known });
    } else isWhole = end === sessions.length && i === lines.length - 2;
    characters += line.length;
    if (characters < SLICE_CHARACTERS) continue;
    characters = 0;
    await nextTurn();
  }
  if (!isWhole || lines.at(-2)?.startsWith('{"end":') !== true)
    throw new Error(`not a ${TEMPLATE_FILE} of this version`);
  return sessions;
}

interface FileLine {
  readonly template?: unknown;
  readonly session?: unknown;
  readonly end?: unknown;
}

interface FileTemplate {
  readonly id: number;
  readonly scopeCount: number;
  readonly options: boolean;
  /** Enterprise number, element id, length. */
  readonly fields: readonly (readonly [number, number, number])[];
}

/** A session with the numbers of its templates and the Unix milliseconds at which each was sent last. */
type FileSession = Omit<SavedSession, "templates"> & { readonly templates: readonly (readonly [number, number])[] };

/** The file of older releases: one object. */
interface FirstFormat {
  readonly sessions: readonly (Omit<SavedSession, "templates"> & {
    readonly templates: readonly (FileTemplate & { readonly refreshedMs: number })[];
  })[];
}

function isFirstFormat(value: unknown): value is FirstFormat {
  const file = value as { format?: unknown; sessions?: unknown };
  if (file?.format !== 1 || !Array.isArray(file.sessions)) return false;
  return file.sessions.every(
    (each) =>
      isFacts(each) &&
      Array.isArray(each.templates) &&
      each.templates.every((t) => isTemplate(t) && Number.isFinite((t as { refreshedMs?: unknown }).refreshedMs)),
  );
}

function ofFirstFormat({ templates, ...session }: FirstFormat["sessions"][number]): SavedSession {
  const known = templates.map((t) => ({ template: restoredTemplate(t), refreshedMs: t.refreshedMs }));
  return { ...session, templates: known };
}

/** Makes the template that was saved. */
function restoredTemplate(saved: FileTemplate): Template {
  const fields = saved.fields.map(([pen, id, length]) => fieldSpecifier(pen, id, length));
  return newTemplate(saved.id, fields, saved.scopeCount, saved.options);
}

const isUint = (value: unknown, max: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;

function isSession(value: unknown, templates: number): value is FileSession {
  return (
    isFacts(value) &&
    Array.isArray(value.templates) &&
    value.templates.every((t) => Array.isArray(t) && isUint(t[0], templates - 1) && Number.isFinite(t[1]))
  );
}

function isFacts(value: unknown): value is Omit<SavedSession, "templates"> & { readonly templates: unknown } {
  const s = value as SavedSession;
  return (
    typeof s?.address === "string" &&
    (s.port === undefined || isUint(s.port, 65535)) &&
    isUint(s.version, 255) &&
    isUint(s.domain, MAX_U32) &&
    Number.isFinite(s.lastSeenMs) &&
    isUint(s.bootMs, 2 ** 64) &&
    isUint(s.samplingRate, MAX_U32) &&
    (s.activeTimeoutS === undefined || isUint(s.activeTimeoutS, MAX_U32)) &&
    (s.established === undefined || typeof s.established === "boolean") &&
    isPairs(s.samplers) &&
    [s.interfaces, s.lineCards, s.templateRates].every((pairs) => pairs === undefined || isPairs(pairs))
  );
}

/** Keys are numbers of up to eight bytes, rates of up to four. */
const isPairs = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    (pair) => Array.isArray(pair) && pair.length === 2 && isUint(pair[0], 2 ** 64) && isUint(pair[1], MAX_U32),
  );

function isTemplate(value: unknown): value is FileTemplate {
  const t = value as FileTemplate;
  return (
    isUint(t?.id, 65535) &&
    t.id >= 256 &&
    isUint(t.scopeCount, 65535) &&
    typeof t.options === "boolean" &&
    Array.isArray(t.fields) &&
    t.fields.every(
      (f) => Array.isArray(f) && Number.isInteger(f[0]) && f[0] >= -1 && isUint(f[1], 65535) && isUint(f[2], 65535),
    ) &&
    checkTemplate(restoredTemplate(t)) === undefined
  );
}
