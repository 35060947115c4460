const STEPS = ["", "k", "M", "G", "T", "P", "E"] as const;

/** What a number counts, by metric and column name. */
const SUFFIX: Readonly<Record<string, string>> = { bytes: "B", Bytes: "B", bps: "bit/s", pps: "/s", bpp: "B" };
const SCALED: ReadonlySet<string> = new Set(["bytes", "packets", "flows", "rows", "bps", "pps", "bpp", "Bytes", "Packets"]);

/** Whether numbers of a column are amounts that may be shortened, not codes. */
export function isAmount(column: string): boolean {
  return SCALED.has(column);
}

/** A number short enough for a person: `1.23 MB`, `940 kbit/s`, `12.3 k`; powers of 1000. */
export function humanNumber(column: string, value: number): string {
  const suffix = SUFFIX[column] ?? "";
  let scaled = value;
  let step = 0;
  // 999.5 and up would print as 1000.
  while (Math.abs(scaled) >= 999.5 && step < STEPS.length - 1) {
    scaled /= 1000;
    step++;
  }
  const digits = step === 0 && Number.isInteger(scaled) ? String(scaled) : scaled.toPrecision(3);
  const unit = `${STEPS[step]}${suffix}`;
  return unit === "" || unit === "/s" ? `${digits}${unit}` : `${digits} ${unit}`;
}
