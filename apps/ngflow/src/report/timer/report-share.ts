import { type AlertShare, Membership } from "@ngflow/alerts";
import type { Log } from "@ngflow/base";

/** A report of a period that is made, and mailed if it is to be. */
const DONE = "done";

/** What several servers know of reports: which are done, and who of them makes the next. */
export class ReportShare {
  readonly #member: Membership;
  /** By the name of the report, the labels of periods that are done. */
  readonly #done = new Map<string, Set<string>>();

  constructor(share: AlertShare, log: Pick<Log, "info" | "warn">) {
    this.#member = new Membership(share, { what: "reports", log: log as Log, take: (texts) => this.#take(texts) });
  }

  start(): void {
    this.#member.start();
  }

  async stop(): Promise<void> {
    await this.#member.stop();
  }

  /** Whether this server makes reports now. */
  get leads(): boolean {
    return this.#member.leads;
  }

  isDone(report: string, label: string): boolean {
    return this.#done.get(report)?.has(label) ?? false;
  }

  /** The label of the first period that is done; undefined for none. */
  firstLabel(report: string): string | undefined {
    return [...(this.#done.get(report) ?? [])].sort()[0];
  }

  /** Tells the others that a report is done; what they cannot be told now, they are told later. */
  async done(report: string, label: string): Promise<void> {
    this.#note(`${report} ${label}`);
    this.#member.put(`${report} ${label}`, DONE);
    await this.#member.flush().catch(() => undefined);
  }

  #take(texts: ReadonlyMap<string, string>): void {
    for (const [name, text] of texts) if (text === DONE) this.#note(name);
  }

  #note(name: string): void {
    const [report = "", label = ""] = name.split(" ");
    const labels = this.#done.get(report) ?? new Set();
    this.#done.set(report, labels.add(label));
  }
}
