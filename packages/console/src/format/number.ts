import type { Metric } from "@ngflow/server/client";
import { values as t } from "../messages/values.ts";

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

/** A number with three significant digits and its decimal (SI) prefix: 0, 0.25, 950, 1.23 and `k`, 45.6 and `M`. */
export function siParts(value: number): { digits: string; prefix: string } {
  if (!Number.isFinite(value) || value === 0) return { digits: "0", prefix: "" };
  let scaled = Math.abs(value);
  let power = 0;
  // 999.5 would round to a fourth digit, so it already belongs to the next prefix.
  while (scaled >= 999.5 && power < PREFIXES.length - 1) {
    scaled /= 1000;
    power++;
  }
  const whole = power === 0 && Number.isInteger(value);
  const decimals = whole || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  const digits = (value < 0 ? "−" : "") + scaled.toFixed(decimals);
  return { digits, prefix: PREFIXES[power]! };
}

/** `1.23 M`, with a narrow no-break space. */
export function compact(value: number): string {
  const { digits, prefix } = siParts(value);
  return prefix === "" ? digits : `${digits}\u202f${prefix}`;
}

/** `1.23 Mbit/s`: the prefix belongs to the unit. */
export function withUnit(value: number, unit: string): string {
  const { digits, prefix } = siParts(value);
  return `${digits}\u202f${prefix}${unit}`;
}

const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Every digit, grouped: `1,234,567`. */
export function exact(value: number): string {
  return GROUPED.format(value);
}

const UNITS = { bps: "bit/s", pps: "pkt/s", bytes: "B", packets: "pkt" } as const;

/** A value of a metric as people read it: `12.3 Mbit/s`, `4.56 kpkt/s`, `789 flows`, `1.2 k flows`. */
export function metricValue(metric: Metric, value: number): string {
  return metric === "flows" ? t.flows(compact(value), value) : withUnit(value, UNITS[metric]);
}

/** A share of a whole: `12.3 %`, `<0.1 %`, empty when there is no whole. */
export function percent(part: number, whole: number): string {
  if (!(whole > 0)) return "";
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return "<0.1\u202f%";
  return `${share >= 99.95 ? "100" : share.toFixed(1)}\u202f%`;
}
