import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type AlertShare, sendMail, type SharePlace } from "@ngflow/alerts";
import type { Log } from "@ngflow/base";
import type { FlowReader } from "@ngflow/flows";
import type { OwnMetric } from "@ngflow/server";
import { gatherReport } from "../gather.ts";
import { REPORT_FORMS } from "../forms.ts";
import { reportMarkdown } from "../markdown.ts";
import type { TimedReport } from "../../options/report-option.ts";
import { type Period, periodBefore } from "./periods.ts";
import { ReportFiles } from "./report-files.ts";
import { ReportShare } from "./report-share.ts";

/** How often it is looked whether a report is due. */
const EVERY_MS = 30_000;
/** Most periods that are made up for. */
const MOST_MISSED = 31;

interface TimerDeps {
  readonly reader: FlowReader;
  /** When the oldest block was made that is not stored; null if none waits. */
  readonly waitingSinceMs: () => Promise<number | null>;
  readonly log: Pick<Log, "info" | "warn">;
  readonly nowMs: () => number;
  /** Opens a database that several servers share. */
  readonly share: (place: SharePlace, file: string) => AlertShare;
}

interface Job {
  readonly report: TimedReport;
  readonly files: ReportFiles;
  readonly share: ReportShare | undefined;
}

/** Makes reports of whole days, weeks and months, each once. What there is of them is in their directory. */
export class ReportTimer {
  readonly #jobs: readonly Job[];
  readonly #shares = new Map<string, ReportShare>();
  readonly #deps: TimerDeps;
  readonly #ending = new AbortController();
  readonly #counters = { made: 0, mailed: 0, failures: 0 };
  #timer: ReturnType<typeof setInterval> | undefined;
  #busy: Promise<void> | undefined;

  constructor(reports: readonly TimedReport[], dataDirectory: string, deps: TimerDeps) {
    this.#deps = deps;
    this.#jobs = reports.map((report) => {
      const directory = report.directory ?? join(dataDirectory, "reports");
      const files = new ReportFiles(directory, report.name, report.format, deps.nowMs);
      return { report, files, share: this.#shareOf(report, dataDirectory) };
    });
  }

  /** What servers share of a report; reports with one database share it at once. */
  #shareOf({ share: place }: TimedReport, dataDirectory: string): ReportShare | undefined {
    if (place === undefined) return undefined;
    const key = JSON.stringify(place);
    let share = this.#shares.get(key);
    if (share === undefined) {
      const file = join(dataDirectory, `.reports-${this.#shares.size}.json`);
      share = new ReportShare(this.#deps.share(place, file), this.#deps.log);
      this.#shares.set(key, share);
    }
    return share;
  }

  start(): void {
    if (this.#jobs.length === 0) return;
    this.#timer ??= setInterval(() => void this.work(), EVERY_MS);
    this.#timer.unref();
    for (const share of this.#shares.values()) share.start();
    void this.work();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#busy;
    for (const share of this.#shares.values()) await share.stop();
  }

  /** Makes every report that is due, the oldest first. What fails is tried again the next time. */
  work(): Promise<void> {
    return (this.#busy ??= this.#work().finally(() => (this.#busy = undefined)));
  }

  async #work(): Promise<void> {
    for (const job of this.#jobs) {
      const { report, files, share } = job;
      try {
        const mayMake = (): boolean => share?.leads ?? true;
        if (!mayMake()) continue;
        mkdirSync(files.directory, { recursive: true, mode: 0o750 });
        for (const period of this.#due(job)) {
          if (this.#ending.signal.aborted) return;
          // The one before may have taken long: another server may lead by now.
          if (!mayMake()) break;
          if (!(await this.#isStored(period)) || !files.claim(period.label)) break;
          try {
            await this.#make(job, period);
          } finally {
            files.release(period.label);
          }
        }
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        this.#counters.failures++;
        this.#deps.log.warn({ report: report.name, err: (error as Error).message }, "a report cannot be made");
      }
    }
  }

  /** Periods after the last one that is done; of a new report the last period. */
  #due({ report, files, share }: Job): Period[] {
    const { name, every, zone, after } = report;
    const atMs = this.#deps.nowMs() - after;
    const first = [files.firstLabel(), share?.firstLabel(name)].filter((label) => label !== undefined).sort()[0];
    const most = first === undefined ? 1 : MOST_MISSED;
    const due: Period[] = [];
    for (let back = 1; back <= most; back++) {
      const period = periodBefore(every, zone, atMs, back);
      const isDone = files.isDone(period.label) || share?.isDone(name, period.label) === true;
      if (isDone || (first !== undefined && period.label < first)) break;
      due.unshift(period);
    }
    return due;
  }

  async #isStored({ toMs }: Period): Promise<boolean> {
    const waitingMs = await this.#deps.waitingSinceMs();
    return waitingMs === null || waitingMs > toMs;
  }

  async #make({ report, files, share }: Job, { fromMs, toMs, label }: Period): Promise<void> {
    const { name, format, filter, top, mail } = report;
    const { reader, nowMs, log } = this.#deps;
    const request = { fromMs, toMs, top, nowMs: nowMs(), source: name, signal: this.#ending.signal };
    const made = await gatherReport(reader, { ...request, ...(filter === "" ? {} : { filter }) });
    const content = REPORT_FORMS[format](made);
    if (!files.has(label)) {
      files.write(label, content, mail !== undefined);
      this.#counters.made++;
      log.info({ report: name, file: files.path(label) }, "a report was made");
    }
    if (mail === undefined) return share?.done(name, label);
    await sendMail(mail, {
      subject: `ngflow report ${name}, ${label}`,
      text: reportMarkdown(made),
      id: `report-${name}-${label}`,
      attachment: { filename: files.name(label), content },
    });
    files.mailed(label);
    await share?.done(name, label);
    this.#counters.mailed++;
  }

  /** For `/metrics`. */
  metrics(): OwnMetric[] {
    if (this.#jobs.length === 0) return [];
    const { made, mailed, failures } = this.#counters;
    const row = (name: string, help: string, value: number): OwnMetric => ({ name, type: "counter", help, value });
    return [
      row("ngflow_reports_total", "Reports that were made by the timer.", made),
      row("ngflow_reports_mailed_total", "Reports that a mail server took.", mailed),
      row("ngflow_report_failures_total", "Reports that could not be made or mailed; they are tried again.", failures),
    ];
  }
}
