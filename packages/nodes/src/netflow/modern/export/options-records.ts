import { type OptionsTemplateLayout, writeOptionsTemplateSet } from "@ngflow/wire/encode";
import { element } from "../fields/element.ts";
import type { NamedInterface } from "../../flow-engine.ts";

/** Above the templates of flows, four for each choice of groups of fields. */
const OPTIONS_STATISTICS = 2048;
const OPTIONS_SAMPLING = 2049;
const OPTIONS_RANDOM_SAMPLING = 2050;
const OPTIONS_INTERFACE = 2051;
const NAME_BYTES = 16;

const UTF8 = new TextEncoder();

/** The first bytes of a name, as many as fit: they end between two characters (RFC 7011 section 6.1.6). */
function nameBytes(name: string): Uint8Array {
  const bytes = UTF8.encode(name);
  let end = Math.min(bytes.length, NAME_BYTES);
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** What packets are chosen for metering: mode 0 all, 1 every `interval`th, 2 one at random of each `interval`. */
export interface Sampling {
  mode: 0 | 1 | 2;
  interval: number;
}

/** Where options records get their values. */
export interface OptionsFacts {
  readonly sampling: Sampling;
  /** Sampling was set once: it is announced, even when it is off again. */
  announceSampling: boolean;
  /** Packets seen but not metered, and flow records that reached no collector. */
  ignoredPackets(): number;
  notSentFlows(): number;
  /** Interfaces of the machine; absent where flows have none, as in a capture file. */
  readonly interfaces: (() => readonly NamedInterface[]) | undefined;
}

/** What the stream itself has exported. */
export interface StreamTotals {
  readonly datagrams: number;
  readonly records: number;
  readonly octets: number;
}

/** Scopes of v9 have numbers of their own. */
const V9_SYSTEM_SCOPE = { element: 1, length: 4 };
const V9_INTERFACE_SCOPE = { element: 2, length: 4 };

const TOTALS = [
  element("exportedMessageTotalCount", 8),
  element("exportedFlowRecordTotalCount", 8),
  element("exportedOctetTotalCount", 8),
];
const IPFIX_STATISTICS: OptionsTemplateLayout = {
  id: OPTIONS_STATISTICS,
  scopes: 1,
  fields: [
    element("observationDomainId", 4),
    ...TOTALS,
    element("ignoredPacketTotalCount", 8),
    element("notSentFlowTotalCount", 8),
  ],
};
const V9_STATISTICS: OptionsTemplateLayout = {
  id: OPTIONS_STATISTICS,
  scopes: 1,
  fields: [V9_SYSTEM_SCOPE, ...TOTALS],
};
const V9_SAMPLING: OptionsTemplateLayout = {
  id: OPTIONS_SAMPLING,
  scopes: 1,
  fields: [V9_SYSTEM_SCOPE, element("samplingInterval", 4), element("samplingAlgorithm", 1)],
};
/** RFC 5476, section 6.5.2.1. */
const IPFIX_SAMPLING: OptionsTemplateLayout = {
  id: OPTIONS_SAMPLING,
  scopes: 1,
  fields: [
    element("selectorId", 8),
    element("selectorAlgorithm", 2),
    element("samplingPacketInterval", 4),
    element("samplingPacketSpace", 4),
  ],
};
/** RFC 5476, section 6.5.2.3. */
const IPFIX_RANDOM_SAMPLING: OptionsTemplateLayout = {
  id: OPTIONS_RANDOM_SAMPLING,
  scopes: 1,
  fields: [
    element("selectorId", 8),
    element("selectorAlgorithm", 2),
    element("samplingSize", 4),
    element("samplingPopulation", 4),
  ],
};
const V9_INTERFACE: OptionsTemplateLayout = {
  id: OPTIONS_INTERFACE,
  scopes: 1,
  fields: [V9_INTERFACE_SCOPE, element("interfaceName", NAME_BYTES)],
};
const IPFIX_INTERFACE: OptionsTemplateLayout = {
  id: OPTIONS_INTERFACE,
  scopes: 1,
  fields: [element("ingressInterface", 4), element("interfaceName", NAME_BYTES)],
};

/** selectorAlgorithm (IANA psamp-parameters). */
const SYSTEMATIC_COUNT_BASED = 1;
const RANDOM_N_OUT_OF_N = 3;
const SELECTOR = 1;

/** Most bytes that `writeOptions` writes. */
export const OPTIONS_BYTES_MAX = 192;
/** Bytes of each interface. */
const INTERFACE_BYTES = 4 + NAME_BYTES;

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 4294967296));
  view.setUint32(at + 4, value % 4294967296);
}

/** Opens a set of one record. Returns the offset of the record. */
function openSet(view: DataView, at: number, id: number): number {
  view.setUint16(at, id);
  return at + 4;
}

/** Pads a set and writes its length. Returns the offset after it. */
function closeSet(view: DataView, at: number, end: number): number {
  let p = end;
  while (((p - at) & 3) !== 0) view.setUint8(p++, 0);
  view.setUint16(at + 2, p - at);
  return p;
}

/** Statistics and sampling: two templates at most, a record of each. */
export function optionsCount(facts: OptionsFacts): number {
  return facts.announceSampling ? 2 : 1;
}

/**
 * Writes options templates and their records: what the exporter has done, and how it samples once that was set.
 * @returns the offset after them, at most `OPTIONS_BYTES_MAX` further
 */
export function writeOptions(
  view: DataView,
  at: number,
  version: 9 | 10,
  domain: number,
  facts: OptionsFacts,
  totals: StreamTotals,
): number {
  const statistics = version === 9 ? V9_STATISTICS : IPFIX_STATISTICS;
  let set = writeOptionsTemplateSet(view, at, version, statistics);
  let p = openSet(view, set, statistics.id);
  view.setUint32(p, domain);
  setU64(view, p + 4, totals.datagrams);
  setU64(view, p + 12, totals.records);
  setU64(view, p + 20, totals.octets);
  p += 28;
  if (version === 10) {
    setU64(view, p, facts.ignoredPackets());
    setU64(view, p + 8, facts.notSentFlows());
    p += 16;
  }
  p = closeSet(view, set, p);
  if (!facts.announceSampling) return p;
  const { mode, interval } = facts.sampling;
  const rate = mode === 0 ? 1 : interval;
  if (version === 9) {
    set = writeOptionsTemplateSet(view, p, version, V9_SAMPLING);
    p = openSet(view, set, V9_SAMPLING.id);
    view.setUint32(p, domain);
    view.setUint32(p + 4, rate);
    view.setUint8(p + 8, Math.max(1, mode));
    return closeSet(view, set, p + 9);
  }
  const template = mode === 2 ? IPFIX_RANDOM_SAMPLING : IPFIX_SAMPLING;
  set = writeOptionsTemplateSet(view, p, version, template);
  p = openSet(view, set, template.id);
  setU64(view, p, SELECTOR);
  view.setUint16(p + 8, mode === 2 ? RANDOM_N_OUT_OF_N : SYSTEMATIC_COUNT_BASED);
  view.setUint32(p + 10, 1);
  view.setUint32(p + 14, mode === 2 ? rate : rate - 1);
  return closeSet(view, set, p + 18);
}

/**
 * Writes the template of interface names and the names that fit below `limit`.
 * @param from first interface to write
 * @returns the offset after them, and how many were written
 */
export function writeInterfaces(
  view: DataView,
  at: number,
  limit: number,
  version: 9 | 10,
  interfaces: readonly NamedInterface[],
  from: number,
): { end: number; count: number } {
  const template = version === 9 ? V9_INTERFACE : IPFIX_INTERFACE;
  const set = writeOptionsTemplateSet(view, at, version, template);
  let p = openSet(view, set, template.id);
  let count = 0;
  for (let i = from; i < interfaces.length && (count === 0 || p + INTERFACE_BYTES <= limit); i++, count++) {
    const { index, name } = interfaces[i]!;
    view.setUint32(p, index);
    const text = nameBytes(name);
    for (let c = 0; c < NAME_BYTES; c++) view.setUint8(p + 4 + c, text[c] ?? 0);
    p += INTERFACE_BYTES;
  }
  return { end: closeSet(view, set, p), count };
}
