import type { MarkValues } from "../filter/predicate.ts";
import { metricValue, withUnit } from "../format/number.ts";
import { linkOf, type LinkSpeeds } from "./link-speeds.ts";

/** Bytes that Ethernet adds to an IP packet: its header and frame check sequence (IEEE 802.3), without a VLAN tag. */
export const ETHERNET_BYTES = 18;

/**
 * Units, with what is summed for each, and the bytes that every packet adds to it. A rate is a sum by its seconds; a
 * part of a speed is a rate by that speed.
 */
export const UNITS = {
  bps: { sum: "bytes", factor: 8, rate: true, overhead: 0 },
  l2: { sum: "bytes", factor: 8, rate: true, overhead: ETHERNET_BYTES },
  util: { sum: "bytes", factor: 800, rate: true, overhead: ETHERNET_BYTES },
  pps: { sum: "packets", factor: 1, rate: true, overhead: 0 },
  fps: { sum: "flows", factor: 1, rate: true, overhead: 0 },
  bytes: { sum: "bytes", factor: 1, rate: false, overhead: 0 },
  packets: { sum: "packets", factor: 1, rate: false, overhead: 0 },
  flows: { sum: "flows", factor: 1, rate: false, overhead: 0 },
} as const;
export type Unit = keyof typeof UNITS;

/** A unit; a part of a speed also needs the speed, in bits per second, or those of the interfaces of the groups. */
export interface Scale {
  readonly unit: Unit;
  readonly speed?: number | null;
  readonly links?: LinkSpeeds | null;
}

/** The unit that is shown: a part of a speed that is not known is a rate. */
export function shownUnit({ unit, speed, links }: Scale): Unit {
  return unit === "util" && !speed && !links ? "l2" : unit;
}

/** What a sum over so many milliseconds is multiplied by; 0 over no time. */
export function factorOf(scale: Scale, ms: number): number {
  const unit = shownUnit(scale);
  const { factor, rate } = UNITS[unit];
  if (!rate) return factor;
  return ms > 0 ? (factor * 1000) / ms / (unit === "util" ? scale.speed! : 1) : 0;
}

/** The same for a group: of the speed of its interface, and null where that is not known. */
export function groupFactor(scale: Scale, ms: number, mark: MarkValues | null): number | null {
  if (shownUnit(scale) !== "util" || scale.speed) return factorOf(scale, ms);
  const link = linkOf(mark, scale.links!.pins);
  const speed = link === null ? undefined : scale.links!.speeds[link];
  return speed === undefined ? null : factorOf({ unit: "util", speed }, ms);
}

/** A value in a unit as people read it. */
export function unitText(unit: Unit, value: number): string {
  if (unit === "fps") return withUnit(value, "flow/s");
  if (unit !== "util") return metricValue(unit === "l2" ? "bps" : unit, value);
  const digits = value === 0 ? 0 : value < 1 ? 2 : value < 99.95 ? 1 : 0;
  return `${value > 0 && value < 0.01 ? "<0.01" : value.toFixed(digits)}\u202f%`;
}

/** A value at a tick of an axis: as `unitText`, without zeros behind the point. */
export function tickText(unit: Unit, value: number): string {
  return unitText(unit, value).replace(/\.(\d*?)0+(?!\d)/, (_, digits: string) => (digits === "" ? "" : `.${digits}`));
}

/** What was summed over the range, as people read it: bytes of a rate of bits. */
export function sumText(unit: Unit, total: number): string {
  return metricValue(UNITS[unit].sum, total);
}

const PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** A speed as people write it (`100M`, `2.5 Gbit/s`), in bits per second; null if it is none. */
export function speedOf(text: string): number | null {
  const [, digits, prefix = ""] = /^\s*(\d{1,12}(?:\.\d+)?)\s*([kmgt]?)(?:bit\/s|bps|bit)?\s*$/i.exec(text) ?? [];
  const speed = Number(digits) * PREFIXES[prefix.toLowerCase()]!;
  return speed > 0 ? speed : null;
}
