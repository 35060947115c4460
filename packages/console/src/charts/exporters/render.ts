import type { ExporterStatus } from "@ngflow/server/client";
import { compact, exact } from "../../format/number.ts";
import { ago, duration } from "../../format/time.ts";

/** An exporter as a row of the table. */
export interface ExporterRow {
  readonly key: string;
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
    readonly kind: string;
    readonly refreshed: string;
    readonly fields: string;
  }[];
  /** One line for each template that data waits for, and for each warning of the collector. */
  readonly missing: readonly string[];
}

/** `NetFlow 9`, `IPFIX`, or the name of the protocol with its version. */
function protocolText({ protocol, version }: ExporterStatus): string {
  if (protocol === `v${version}`) return `NetFlow ${version}`;
  return protocol === "ipfix" ? "IPFIX" : `${protocol} ${version}`;
}

function samplingText({ samplingRate, samplingSource, samplers }: ExporterStatus): string {
  const rates = [...new Set(Object.values(samplers))].sort((a, b) => a - b);
  if (rates.length > 1) return rates.map((rate) => `1:${rate}`).join(", ");
  return samplingSource === "none" ? "none" : `1:${samplingRate}`;
}

/** Exporters as rows, the one seen last first. */
export function exporterRows(exporters: readonly ExporterStatus[], nowMs: number): ExporterRow[] {
  const since = (iso: string): string => ago(Date.parse(iso), nowMs);
  return exporters
    .toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen) || a.address.localeCompare(b.address))
    .map((exporter) => ({
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
        kind,
        refreshed: since(refreshed),
        fields: fields.join(", "),
      })),
      missing: [
        ...exporter.missingTemplates.map(
          ({ id, sets, bytes }) =>
            `Template ${id} has not arrived yet: ${sets} sets (${exact(bytes)} bytes) wait for it.`,
        ),
        ...exporter.warnings,
      ],
    }));
}

/** An exporter that another one sends for, or an agent with an address of its own, comes before the sender. */
function nameOf(exporter: ExporterStatus): string {
  const { agent, address } = exporter;
  return agent === undefined || agent === address ? senderOf(exporter) : `${agent} by way of ${senderOf(exporter)}`;
}

/** IPv6 addresses are in brackets before a port; a port that is not known is left out. */
function senderOf({ address, port }: ExporterStatus): string {
  if (port === 0) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function factsOf(exporter: ExporterStatus, firstSeen: string): [string, string][] {
  return [
    ...(exporter.agent === undefined ? [] : [["agent", exporter.agent] satisfies [string, string]]),
    ["sends by", exporter.transport.toUpperCase()],
    ["first seen", firstSeen],
    ["sequence numbers count", exporter.sequenceModel ?? "-"],
    ["sequence gaps", exact(exporter.sequenceGaps)],
    ["sequence resets", exact(exporter.sequenceResets)],
    ["datagrams out of order", exact(exporter.datagramsReordered)],
    ["clock difference", `${exporter.clockSkewMs < 0 ? "−" : ""}${duration(Math.abs(exporter.clockSkewMs))}`],
  ];
}
