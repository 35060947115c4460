import { createHash, randomBytes } from "node:crypto";
import type { Alert } from "../alert.ts";
import type { DefinedRule } from "../config.ts";
import type { RuleBook } from "../rule-book.ts";
import type { RuleRun, ToldEvent } from "../rule-run.ts";
import type { ChannelStatus, TestResult } from "../service.ts";
import type { Notice, NoticeAlert } from "./notice.ts";
import { Outbox, type OutboxDeps, type Waiting } from "./outbox.ts";

/** Most alerts of a notice. */
const MOST_IN_NOTICE = 1000;

/** What became of an alert, and the rule that says so; null for a rule that is gone. */
export interface NoticedEvent {
  readonly event: ToldEvent;
  readonly defined: DefinedRule | null;
}

interface NoticesDeps extends OutboxDeps {
  /** Ends tests that are under way. */
  readonly signal: AbortSignal;
}

/** By what it is decided which alerts are sent, and what is written of them. */
interface Known {
  readonly book: RuleBook;
  readonly isSilent: (alert: Alert) => boolean;
}

/** What is sent of alerts: one notice for each channel and round, in an outbox until it is sent. */
export class Notices {
  readonly #deps: NoticesDeps;
  readonly #outbox: Outbox;

  constructor(deps: NoticesDeps, waiting: readonly Waiting[]) {
    this.#deps = deps;
    this.#outbox = new Outbox(deps, waiting);
  }

  /** Those that are not sent yet. */
  get waiting(): readonly Waiting[] {
    return this.#outbox.waiting;
  }

  /** Takes those of another server. */
  replace(waiting: readonly Waiting[]): void {
    this.#outbox.replace(waiting);
  }

  /** Sends what is due. */
  async work(): Promise<void> {
    await this.#outbox.work();
  }

  async stop(): Promise<void> {
    await this.#outbox.stop();
  }

  /** Puts what fired, ended, or is no more silent into the outbox. Returns whether there was any. */
  tell(events: readonly NoticedEvent[], runs: ReadonlyMap<string, RuleRun>, { book, isSilent }: Known): boolean {
    const byChannel = new Map<string, NoticeAlert[]>();
    const add = (alert: Alert, defined: DefinedRule | null): void => {
      const description = defined?.rule.description ?? "";
      for (const channel of this.#channelsOf(defined)) {
        const alerts = byChannel.get(channel) ?? [];
        if (alerts.length < MOST_IN_NOTICE) alerts.push({ ...alert, description });
        byChannel.set(channel, alerts);
      }
    };
    for (const { event, defined } of events)
      if (event.kind === "resolved" && event.told) add(event.alert, defined ?? book.of(event.alert.rule));
    for (const [name, run] of runs) {
      const defined = book.of(name);
      for (const alert of run.untold()) {
        if (isSilent(alert)) continue;
        run.tell(alert.id);
        add(alert, defined);
      }
    }
    for (const [channel, alerts] of byChannel) this.#outbox.add(this.#notice(channel, alerts));
    return byChannel.size > 0;
  }

  /** Sends an example of a rule's alert to its channels, and says why not by the name of the channel. */
  async fire(defined: DefinedRule): Promise<TestResult> {
    const { channels, send, nowMs, signal } = this.#deps;
    const alert = exampleOf(defined, nowMs());
    const results: Record<string, string | null> = {};
    const sending = this.#channelsOf(defined).map(async (name) => {
      const channel = channels()[name];
      try {
        if (channel === undefined) throw new Error("no such channel");
        await send(channel, this.#notice(name, [alert], true), signal);
        results[name] = null;
      } catch (error) {
        results[name] = (error as Error).message;
      }
    });
    await Promise.all(sending);
    return results;
  }

  /** The channels, with what waits for each. */
  channels(): readonly ChannelStatus[] {
    return Object.entries(this.#deps.channels()).map(([name, { type }]) => {
      const waiting = this.#outbox.waiting.filter(({ notice }) => notice.channel === name).length;
      return { name, type, waiting, fault: this.#outbox.failures.get(name) ?? null };
    });
  }

  /** What became of notices since the start, and how many wait. */
  counters(): Readonly<Record<string, number>> {
    const { sent, failedTries, dropped, givenUp } = this.#outbox.counters;
    return {
      notices: sent,
      failedNotices: failedTries,
      droppedNotices: dropped,
      givenUpNotices: givenUp,
      waitingNotices: this.#outbox.waiting.length,
    };
  }

  #notice(channel: string, alerts: readonly NoticeAlert[], test = false): Notice {
    return { id: randomBytes(9).toString("hex"), channel, alerts, test, madeMs: this.#deps.nowMs() };
  }

  #channelsOf(defined: DefinedRule | null): readonly string[] {
    return defined?.rule.notify ?? Object.keys(this.#deps.channels());
  }
}

/** An alert that a rule could have. */
function exampleOf({ rule }: DefinedRule, nowMs: number): NoticeAlert {
  const { name, condition, severity, labels, description, window } = rule;
  const toMs = Math.floor(nowMs / window) * window;
  const by = "by" in rule ? rule.by : [];
  return {
    ...{ id: `test-${createHash("sha256").update(`${name} ${nowMs}`).digest("hex").slice(0, 12)}`, rule: name },
    ...{ condition, severity, labels, description, group: Object.fromEntries(by.map((column) => [column, "example"])) },
    ...{ state: "firing", sinceMs: toMs - window, firedMs: toMs, resolvedMs: null, ended: null, clearMs: null },
    ...{ value: null, reference: null, peak: null, lost: [], judgedMs: toMs },
  };
}
