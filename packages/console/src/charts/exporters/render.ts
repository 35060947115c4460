import type { ExporterStatus } from "@ngflow/server/client";
import { compact, exact } from "../../format/number.ts";
import { ago, duration } from "../../format/time.ts";
import { type Fault, faultsOf } from "./faults.ts";
import { exporters as t } from "./messages.ts";

/** An exporter as a row of the table. */
export interface ExporterRow {
  readonly key: string;
  readonly address: string;
  readonly domainId: number;
  /** Address and source port. */
  readonly name: string;
  readonly protocol: string;
  readonly domain: string;
  readonly lastSeen: string;
  readonly datagrams: string;
  readonly records: string;
  readonly lost: string;
  readonly malformed: string;
  readonly sampling: string;
  readonly templates: string;
  /** Records were lost, datagrams were malformed, or data waits for a template. */
  readonly warn: { readonly lost: boolean; readonly malformed: boolean; readonly templates: boolean };
  /** What the table has no column for. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly templateLines: readonly {
    readonly id: number;
    readonly name: string;
    readonly refreshed: string;
    readonly fields: string;
  }[];
  /** What is wrong, the most urgent first. */
  readonly faults: readonly Fault[];
}

/** `NetFlow 9`, `IPFIX`, or the name of the protocol with its version. */
function protocolText({ protocol, version }: ExporterStatus): string {
  if (protocol === `v${version}`) return `NetFlow ${version}`;
  return protocol === "ipfix" ? "IPFIX" : `${protocol} ${version}`;
}

function samplingText({ samplingRate, samplingSource, samplers }: ExporterStatus): string {
  const rates = [...new Set(Object.values(samplers))].sort((a, b) => a - b);
  if (rates.length > 1) return rates.map((rate) => `1:${rate}`).join(", ");
  return samplingSource === "none" ? t.noSampling : `1:${samplingRate}`;
}

/** Exporters as rows, the one seen last first. */
export function exporterRows(exporters: readonly ExporterStatus[], nowMs: number): ExporterRow[] {
  const since = (iso: string): string => ago(Date.parse(iso), nowMs);
  return exporters
    .toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen) || a.address.localeCompare(b.address))
    .map((exporter) => ({
      address: exporter.address,
      domainId: exporter.domain,
      key: [
        ...[exporter.transport, exporter.address, exporter.port, exporter.protocol, exporter.domain],
        exporter.agent ?? "",
      ].join(" "),
      name: nameOf(exporter),
      protocol: protocolText(exporter),
      domain: String(exporter.domain),
      lastSeen: since(exporter.lastSeen),
      datagrams: compact(exporter.datagrams),
      records: compact(exporter.records),
      lost: compact(exporter.recordsLost),
      malformed: compact(exporter.malformed),
      sampling: samplingText(exporter),
      templates: String(exporter.templates.length),
      warn: {
        lost: exporter.recordsLost > 0,
        malformed: exporter.malformed > 0,
        templates: exporter.missingTemplates.length > 0,
      },
      facts: factsOf(exporter, since(exporter.firstSeen)),
      templateLines: exporter.templates.map(({ id, kind, refreshed, fields }) => ({
        id,
        name: kind === "options" ? t.optionsTemplate(id) : t.template(id),
        refreshed: t.refreshed(since(refreshed)),
        fields: fields.join(", "),
      })),
      faults: faultsOf(exporter, nowMs),
    }));
}

/** An exporter that another one sends for, or an agent with an address of its own, comes before the sender. */
function nameOf(exporter: ExporterStatus): string {
  const { agent, address } = exporter;
  return agent === undefined || agent === address ? senderOf(exporter) : t.byWayOf(agent, senderOf(exporter));
}

/** IPv6 addresses are in brackets before a port; a port that is not known is left out. */
function senderOf({ address, port }: ExporterStatus): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

const SOURCES = {
  none: () => t.sourceNone,
  header: () => t.sourceHeader,
  options: () => t.sourceOptions,
} as const;

function factsOf(exporter: ExporterStatus, firstSeen: string): [string, string][] {
  const samplers = Object.entries(exporter.samplers).map(([id, rate]) => `${id} 1:${rate}`);
  return [
    ...(exporter.agent === undefined ? [] : [[t.agent, exporter.agent] satisfies [string, string]]),
    [t.sendsBy, exporter.transport.toUpperCase()],
    [t.firstSeen, firstSeen],
    [
      t.sequence,
      exporter.sequenceModel === "datagrams"
        ? t.countsDatagrams
        : exporter.sequenceModel === "records"
          ? t.countsRecords
          : (exporter.sequenceModel ?? "-"),
    ],
    [t.gaps, exact(exporter.sequenceGaps)],
    [t.resets, exact(exporter.sequenceResets)],
    [t.reordered, exact(exporter.datagramsReordered)],
    [t.samplingSource, SOURCES[exporter.samplingSource]()],
    ...(samplers.length === 0 ? [] : [[t.samplers, samplers.join(", ")] satisfies [string, string]]),
    ...(exporter.activeTimeout === undefined
      ? []
      : [[t.activeTimeout, duration(exporter.activeTimeout * 1000)] satisfies [string, string]]),
    [t.clock, `${exporter.clockSkewMs < 0 ? "−" : ""}${duration(Math.abs(exporter.clockSkewMs))}`],
  ];
}
