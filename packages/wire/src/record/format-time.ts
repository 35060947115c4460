/**
 * ISO 8601 UTC text of Unix seconds and a fraction of `digits` decimal digits; undefined for times that a
 * Date cannot hold.
 */
export function formatTime(seconds: number, fraction: number, digits: 0 | 3 | 6 | 9): string | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const whole = date.toISOString().replace(/\.\d{3}Z$/, "");
  return digits === 0 ? `${whole}Z` : `${whole}.${String(fraction).padStart(digits, "0")}Z`;
}

/** Decimal digits of an NTP fraction (units of 2^-32 s), rounded to the nearest; the last one never carries over. */
export function ntpFraction(fraction: number, digits: 6 | 9): number {
  const scale = digits === 6 ? 1_000_000 : 1_000_000_000;
  return Math.min(scale - 1, Math.round((fraction * scale) / 4_294_967_296));
}
