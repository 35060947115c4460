import { isDeepStrictEqual } from "node:util";
import { randomBytes } from "node:crypto";
import type { Log } from "@ngflow/base";
import type { Alert } from "./alert.ts";
import type { AlertsConfig, DefinedRule } from "./config.ts";
import { readRule } from "./config.ts";
import { dryRun, type DryRun } from "./dry-run.ts";
import { type AlertFiles, alertOf } from "./files/alert-files.ts";
import { AlertsError } from "./errors.ts";
import { History, HISTORY } from "./history.ts";
import type { Channel } from "./notify/channel.ts";
import type { Notice } from "./notify/notice.ts";
import { type NoticedEvent, Notices } from "./notify/notices.ts";
import { send } from "./notify/send.ts";
import { type Ask, STORED_AFTER_MS, type TimeRange } from "./read-bins.ts";
import { RuleBook } from "./rule-book.ts";
import { RuleRun, type RunCounters } from "./rule-run.ts";
import type { AlertService, AlertsNow, RuleRefusal, RuleStatus, TestResult } from "./service.ts";
import type { AlertShare } from "./share/alert-share.ts";
import { Membership } from "./share/membership.ts";
import { isSilent, type Silence, type SilenceRequest } from "./silence.ts";

/** How often rules are looked at. */
const TICK_MS = 5000;
/** Longest time of a dry run. */
const DRY_RUN_MS = 60_000;
/** Most silences that are not over. */
const MOST_SILENCES = 500;
/** Longest wait for blocks that are not stored. */
const MOST_WAIT_MS = 3_600_000;

export interface AlerterDeps {
  readonly ask: Ask;
  readonly files: AlertFiles;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly nowMs: () => number;
  /**
   * Until when everything that was received is in the store, Unix milliseconds; null if nothing waits. Absent where
   * that is always so.
   */
  readonly waitingSinceMs?: () => Promise<number | null>;
  /** What several servers share, so that one of them judges and sends. Absent where there is one server. */
  readonly share?: AlertShare | undefined;
  /** Sends a notice; to the channel itself when absent. */
  readonly send?: (channel: Channel, notice: Notice, signal?: AbortSignal) => Promise<void>;
}

/**
 * Judges every rule when its next window is settled, keeps what is pending and what fires, and sends what changed.
 * Everything is written before it is sent, so that a restart goes on where this ended.
 */
export class Alerter implements AlertService {
  readonly #deps: AlerterDeps;
  #config: AlertsConfig;
  #book: RuleBook;
  readonly #notices: Notices;
  readonly #history: History;
  readonly #runs = new Map<string, RuleRun>();
  readonly #counters: RunCounters = { judged: 0, failed: 0, skippedWindows: 0, cutWindows: 0, refusedGroups: 0 };
  readonly #ending = new AbortController();
  readonly #member: Membership | undefined;
  #silences: readonly Silence[];
  #timer: ReturnType<typeof setInterval> | undefined;
  #round: Promise<void> | undefined;
  #dryRuns = 0;

  constructor(config: AlertsConfig, deps: AlerterDeps) {
    this.#config = config;
    this.#deps = deps;
    const { files, log, nowMs } = deps;
    const state = files.state();
    this.#book = new RuleBook(config, files, log);
    this.#silences = files.silences();
    this.#history = new History(files, config.keepMs);
    const keep = (): void => {
      this.#keep();
      // At once: a server that takes over sends again what it does not know to be sent. The next beat tries again.
      void this.#member?.flush().catch(() => undefined);
    };
    const channels = (): AlertsConfig["channels"] => this.#config.channels;
    this.#notices = new Notices(
      { channels, send: deps.send ?? send, keep, log, nowMs, signal: this.#ending.signal },
      state.waiting,
    );
    for (const [name, kept] of Object.entries(state.rules)) this.#runs.set(name, RuleRun.kept(name, kept));
    if (deps.share === undefined) return;
    const member = new Membership(deps.share, {
      what: "alerts",
      log,
      take: (texts, leads) => this.#take(texts, leads),
    });
    this.#member = member;
    files.wrote = (name, text) => member.put(name, text);
  }

  /** Takes what other servers wrote; the state of rules only from the server that leads. */
  #take(texts: ReadonlyMap<string, string>, leads: boolean): void {
    const { files, nowMs } = this.#deps;
    const alerts = [...texts].flatMap(([name, text]) => (name.startsWith(HISTORY) ? (alertOf(text) ?? []) : []));
    if (alerts.length > 0) this.#history.take(alerts, nowMs());
    for (const [name, text] of texts) if (name !== "state" || !leads) files.take(name, text);
    if (texts.has("rules")) this.#book.load();
    if (texts.has("silences")) this.#silences = files.silences();
    if (!texts.has("state") || leads) return;
    const state = files.state();
    this.#runs.clear();
    for (const [name, kept] of Object.entries(state.rules)) this.#runs.set(name, RuleRun.kept(name, kept));
    this.#notices.replace(state.waiting);
  }

  /**
   * Other rules, channels and silences. What it returns makes them hold: from the next round on, rules that are as
   * before go on with their alerts and hold-downs; those of others end.
   *
   * @throws AlertsError `alert-restart` for what holds at the start only
   */
  prepare(config: AlertsConfig): () => void {
    const { share, keepMs } = this.#config;
    if (!isDeepStrictEqual([share, keepMs], [config.share, config.keepMs]))
      throw new AlertsError("alert-restart", "alerts: share and keep-history change with a restart only");
    return () => {
      this.#config = config;
      this.#book = new RuleBook(config, this.#deps.files, this.#deps.log);
    };
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.round(), TICK_MS);
    this.#timer.unref();
    this.#member?.start();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#ending.abort();
    await this.#round;
    await this.#notices.stop();
    // Of several servers, only that which leads knows how far rules are.
    if (this.#leads) this.#keep();
    await this.#member?.stop();
  }

  /** Whether this server judges and sends. */
  get #leads(): boolean {
    return this.#member?.leads ?? true;
  }

  /** Judges what is due, and sends; a round that runs already is waited for. */
  round(): Promise<void> {
    return (this.#round ??= this.#work().finally(() => (this.#round = undefined)));
  }

  async #work(): Promise<void> {
    if (!this.#leads) return;
    const events: NoticedEvent[] = [];
    const enabled = new Map(this.#book.all().flatMap((each) => (each.rule.enabled ? [[each.rule.name, each]] : [])));
    let changed = false;
    for (const [name, run] of this.#runs) {
      const defined = enabled.get(name);
      if (defined !== undefined && run.isOf(defined.rule)) continue;
      for (const event of run.end()) events.push({ event, defined: null });
      this.#runs.delete(name);
      changed = true;
    }
    const storedMs = await this.#storedMs();
    for (const [name, defined] of enabled) {
      if (this.#ending.signal.aborted) break;
      const run = this.#runs.get(name) ?? RuleRun.begun(defined.rule);
      this.#runs.set(name, run);
      const { ask, nowMs } = this.#deps;
      const [signal, counters] = [this.#ending.signal, this.#counters];
      const result = await run.go(defined.rule, { ask, nowMs, storedMs, signal, counters });
      if (result === null) continue;
      changed = true;
      for (const event of result) events.push({ event, defined });
    }
    changed =
      this.#notices.tell(events, this.#runs, { book: this.#book, isSilent: (alert) => this.#isSilent(alert) }) ||
      changed;
    if (events.length > 0)
      this.#history.add(
        events.map(({ event }) => event.alert),
        this.#deps.nowMs(),
      );
    // Judgements may take long: another server may lead by now, and judge the same windows.
    if (!this.#leads) return;
    if (changed) this.#keep();
    if (!(await this.#shared())) return;
    // Nobody waits for what is slow to be sent.
    void this.#notices.work();
  }

  /** Whether the other servers know what is about to be sent: one of them goes on from there. */
  async #shared(): Promise<boolean> {
    if (this.#member === undefined) return true;
    try {
      await this.#member.flush();
      return this.#member.leads;
    } catch {
      return false;
    }
  }

  /** Until when flows are stored. What waits for longer is a block that cannot be stored: the others are judged. */
  async #storedMs(): Promise<number> {
    const nowMs = this.#deps.nowMs();
    const waitingMs = (await this.#deps.waitingSinceMs?.()) ?? nowMs;
    return Math.min(nowMs - STORED_AFTER_MS, waitingMs < nowMs - MOST_WAIT_MS ? nowMs : waitingMs);
  }

  #isSilent(alert: Alert): boolean {
    return isSilent(alert, this.#config.silences, this.#silences, this.#deps.nowMs());
  }

  #keep(): void {
    const rules = Object.fromEntries([...this.#runs].flatMap(([name, run]) => (run.kept ? [[name, run.kept]] : [])));
    this.#deps.files.keepState({ rules, waiting: this.#notices.waiting });
  }

  now(): AlertsNow {
    const alerts = [...this.#runs.values()]
      .flatMap((run) => run.alerts())
      .map((alert) => ({ ...alert, silent: this.#isSilent(alert) }))
      .sort((a, b) => (a.state === b.state ? b.sinceMs - a.sinceMs : a.state === "firing" ? -1 : 1));
    const nowMs = this.#deps.nowMs();
    return {
      alerts,
      rules: this.#book.all().map(({ rule }) => this.#statusOf(rule.name)!),
      silences: this.#silences.filter(({ toMs }) => toMs > nowMs),
      share: this.#member === undefined ? null : { leads: this.#leads, fault: this.#member.fault },
      channels: this.#notices.channels(),
      counters: {
        ...{ firing: alerts.filter(({ state }) => state === "firing").length },
        ...{ pending: alerts.filter(({ state }) => state === "pending").length },
        ...this.#counters,
        ...this.#notices.counters(),
        ...{ leads: this.#leads ? 1 : 0 },
      },
    };
  }

  #statusOf(name: string): RuleStatus | null {
    const run = this.#runs.get(name);
    return this.#book.statusOf(name, { judgedMs: null, fault: null, waitsFor: null, ...run?.status });
  }

  history(range: TimeRange, limit: number): readonly Alert[] {
    return this.#history.in(range, limit);
  }

  ruleOf(nameOrDefinition: string | object): DefinedRule | null {
    if (typeof nameOrDefinition === "string") return this.#book.of(nameOrDefinition);
    return readRule(nameOrDefinition);
  }

  async dryRun({ rule }: DefinedRule, range: TimeRange, ask = this.#deps.ask): Promise<DryRun | null> {
    if (this.#dryRuns > 0) return null;
    this.#dryRuns++;
    try {
      const limit = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(DRY_RUN_MS)]);
      return await dryRun(rule, range, { ask, nowMs: this.#deps.nowMs, signal: limit });
    } finally {
      this.#dryRuns--;
    }
  }

  saveRule(definition: object, expected: string | null, by: string | null): RuleStatus | RuleRefusal {
    const saved = this.#book.save(definition, { expected, by, nowMs: this.#deps.nowMs() });
    return typeof saved === "string" && saved !== "saved" ? saved : this.#statusOf(readRule(definition).rule.name)!;
  }

  removeRule(name: string, expected: string): "removed" | "absent" | RuleRefusal {
    return this.#book.remove(name, expected);
  }

  silence(request: SilenceRequest, by: string | null): Silence | "full" {
    const nowMs = this.#deps.nowMs();
    const going = this.#silences.filter(({ toMs }) => toMs > nowMs);
    if (going.length >= MOST_SILENCES) return "full";
    const made: Silence = { ...request, id: randomBytes(6).toString("hex"), by };
    this.#deps.files.keepSilences([...going, made]);
    this.#silences = [...going, made];
    return made;
  }

  endSilence(id: string): Silence | null {
    const found = this.#silences.find((silence) => silence.id === id);
    if (found === undefined) return null;
    const rest = this.#silences.filter((silence) => silence !== found);
    this.#deps.files.keepSilences(rest);
    this.#silences = rest;
    return found;
  }

  fire(defined: DefinedRule): Promise<TestResult> {
    return this.#notices.fire(defined);
  }

  /** Forgets alerts that were judged last before a time and whose group has an address of a host. */
  removeAddresses(beforeMs: number): number {
    return this.#history.removeAddresses(beforeMs);
  }
}
