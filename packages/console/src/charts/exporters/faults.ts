import type { ExporterStatus } from "@ngflow/server/client";
import { exact, percent } from "../../format/number.ts";
import { duration } from "../../format/time.ts";
import { exporters as t } from "./messages.ts";
import type { RemedyName } from "./remedies.ts";

/** What is wrong with an exporter, in a sentence. */
export interface Fault {
  readonly text: string;
  /** A hint is no loss, and may be right. */
  readonly isHint: boolean;
  readonly remedy: RemedyName | null;
}

/** An exporter that has sent nothing for so long is called silent: longer than the timeouts that devices have. */
const SILENT_MS = 300_000;

/** A sort of fault: its sentences about an exporter, none if all is well. */
interface FaultRow {
  readonly isHint?: true;
  readonly remedy: RemedyName | null;
  readonly texts: (exporter: ExporterStatus, nowMs: number) => readonly string[];
}

const when = (is: boolean, text: () => string): readonly string[] => (is ? [text()] : []);
const hasTemplates = ({ protocol }: ExporterStatus): boolean => protocol === "v9" || protocol === "ipfix";
const isSflow = ({ protocol }: ExporterStatus): boolean => protocol.startsWith("sflow");

/** Every sort of fault that the page names, the most urgent first. */
const FAULTS: readonly FaultRow[] = [
  {
    remedy: "silence",
    texts: ({ lastSeen }, nowMs) => {
      const silentMs = nowMs - Date.parse(lastSeen);
      return when(silentMs > SILENT_MS, () => t.silentText(duration(Math.round(silentMs / 60_000) * 60_000)));
    },
  },
  {
    remedy: "templates",
    texts: ({ missingTemplates }) =>
      missingTemplates.map(({ id, sets, bytes }) => t.missing(id, exact(sets), exact(bytes))),
  },
  {
    remedy: "templates",
    texts: (exporter) =>
      when(
        hasTemplates(exporter) &&
          exporter.templates.length === 0 &&
          exporter.missingTemplates.length === 0 &&
          exporter.records === 0,
        () => t.noTemplates,
      ),
  },
  {
    remedy: "loss",
    texts: ({ recordsLost, records }) =>
      when(recordsLost > 0, () => t.lostText(exact(recordsLost), percent(recordsLost, recordsLost + records))),
  },
  { remedy: "malformed", texts: ({ malformed }) => when(malformed > 0, () => t.malformedText(exact(malformed))) },
  {
    remedy: "clock",
    texts: ({ clock, clockSkewMs }) => when(clock === "wrong", () => t.clockText(duration(Math.abs(clockSkewMs)))),
  },
  { remedy: null, texts: ({ recordsLimited }) => when(recordsLimited > 0, () => t.limitedText(exact(recordsLimited))) },
  { isHint: true, remedy: null, texts: ({ clock }) => when(clock === "old", () => t.oldText) },
  {
    isHint: true,
    remedy: "sampling",
    texts: (exporter) => when(exporter.samplingSource === "none" && !isSflow(exporter), () => t.samplingText),
  },
  {
    isHint: true,
    remedy: null,
    texts: ({ samplers }) => {
      const rates = [...new Set(Object.values(samplers))].sort((a, b) => a - b);
      return when(rates.length > 1, () => t.severalText(rates.map((rate) => `1:${rate}`).join(", ")));
    },
  },
  {
    isHint: true,
    remedy: null,
    texts: ({ sequenceResets }) => when(sequenceResets > 1, () => t.restartText(exact(sequenceResets))),
  },
  { remedy: null, texts: ({ warnings }) => warnings },
];

/** What is wrong with an exporter, the most urgent first; hints are last. */
export function faultsOf(exporter: ExporterStatus, nowMs: number): Fault[] {
  const found = FAULTS.flatMap(({ isHint = false, remedy, texts }) =>
    texts(exporter, nowMs).map((text): Fault => ({ text, isHint, remedy })),
  );
  return [...found.filter(({ isHint }) => !isHint), ...found.filter(({ isHint }) => isHint)];
}
