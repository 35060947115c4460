import { addSums, newSums, type SentSums } from "./stream.ts";

/** What was sent, of all exporters and of each. */
export interface SentReport extends SentSums {
  readonly format: string;
  readonly to: string;
  /** One of so many packets is in the counters. */
  readonly sampling: number;
  readonly sendErrors: number;
  readonly seconds: number;
  readonly exporters: readonly ({ readonly exporter: string } & SentSums)[];
}

export interface ReportFacts {
  readonly format: string;
  readonly to: string;
  readonly sampling: number;
  readonly sendErrors: number;
  readonly milliseconds: number;
  /** Address of an exporter as the collector sees it; empty if not known. */
  readonly addressOf: (exporter: number) => string;
}

/** The report of exporters' sums. */
export function sentReport(sums: readonly SentSums[], facts: ReportFacts): SentReport {
  const total = newSums();
  for (const one of sums) addSums(total, one);
  const { format, to, sampling, sendErrors } = facts;
  return {
    format,
    to,
    ...total,
    sampling,
    sendErrors,
    seconds: Math.round(facts.milliseconds) / 1000,
    exporters: sums.map((one, i) => ({ exporter: facts.addressOf(i), ...one })),
  };
}

/** The report for a person. */
export function reportText(report: SentReport): string {
  const { records, datagrams, datagramBytes, packets, bytes, replyBytes, seconds, sampling } = report;
  const of = report.exporters.length === 1 ? "1 exporter" : `${report.exporters.length} exporters`;
  const perSecond = seconds > 0 ? Math.round(records / seconds) : records;
  const lines = [
    `sent ${records} records of ${of} in ${datagrams} datagrams (${datagramBytes} bytes) in ${seconds.toFixed(2)} s, ` +
      `${perSecond} records/s`,
    `flows have ${packets} packets, ${bytes} bytes${sampling > 1 ? `, of one packet in ${sampling}` : ""}`,
  ];
  if (replyBytes > 0) lines.push(`replies in the same records have ${replyBytes} bytes`);
  return `${lines.join("\n")}\n`;
}
