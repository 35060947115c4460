import { plainAddress } from "@ngflow/base";
import type { ExporterStatus } from "@ngflow/flows";
import { fieldName, type Template } from "@ngflow/wire";
import { clockWarnings } from "./session/exporter-clock.ts";
import type { Session } from "./session/session.ts";

/** No template has this id, so no rate is about it alone. */
const NO_TEMPLATE = 0;

/** Names of the fields of templates: many sessions share a template. */
const FIELD_NAMES = new WeakMap<Template, readonly string[]>();

function fieldNames(template: Template): readonly string[] {
  let names = FIELD_NAMES.get(template);
  if (names === undefined) FIELD_NAMES.set(template, (names = template.fields.map(fieldName)));
  return names;
}

/** The status of a session, as the API and the console show it. */
export function exporterStatus(s: Session, transport: ExporterStatus["transport"]): ExporterStatus {
  const announced = s.facts.rateOf(NO_TEMPLATE);
  const { clock, clockSkewMs } = s.sender ?? s;
  return {
    address: plainAddress(s.address),
    ...(s.agent !== "" && { agent: s.agent }),
    port: s.port,
    transport,
    protocol: s.protocol.name,
    version: s.protocol.version,
    domain: s.domain,
    firstSeen: new Date(s.firstSeenMs).toISOString(),
    lastSeen: new Date(s.lastSeenMs).toISOString(),
    datagrams: s.datagrams,
    records: s.records,
    malformed: s.malformed,
    recordsLimited: s.recordsLimited,
    setsDropped: s.setsDropped,
    recordsLost: Math.round(s.sequence.lostRecords),
    sequenceGaps: s.sequence.gaps,
    sequenceResets: s.sequence.resets,
    datagramsReordered: s.sequence.reordered,
    sequenceModel: s.protocol.sequence === null || s.sender !== undefined ? null : s.sequence.model,
    samplingRate: s.headerSampling || announced || 1,
    samplingSource: s.headerSampling > 0 ? "header" : announced > 0 ? "options" : "none",
    samplers: Object.fromEntries(s.facts.own("sampler")),
    ...(s.facts.activeTimeoutS > 0 && { activeTimeout: s.facts.activeTimeoutS }),
    clockSkewMs,
    clock,
    warnings: s.sender === undefined ? clockWarnings(clock, clockSkewMs) : [],
    templates: [...s.templates.values()].map(({ template, refreshedMs }) => ({
      id: template.id,
      kind: template.options ? "options" : "flow",
      refreshed: new Date(refreshedMs).toISOString(),
      fields: fieldNames(template),
    })),
    missingTemplates: [...s.held].map(([id, sets]) => ({
      id,
      sets: sets.length,
      bytes: sets.reduce((sum, set) => sum + set.bytes.length, 0),
      since: new Date(sets.reduce((oldest, { receivedMs }) => Math.min(oldest, receivedMs), Infinity)).toISOString(),
    })),
  };
}
