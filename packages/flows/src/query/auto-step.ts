/** Round bin widths, in seconds. */
const NICE_STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800,
];

/** Bins of a time series whose step was not given. */
export const AUTO_BINS = 180;

/** The narrowest round bin width that cuts the range into at most `maxBins` bins. */
export function autoStepMs(range: { readonly fromMs: number; readonly toMs: number }, maxBins = AUTO_BINS): number {
  const seconds = (range.toMs - range.fromMs) / 1000;
  const step = NICE_STEPS.find((s) => seconds / s <= maxBins) ?? Math.ceil(seconds / maxBins / 604_800) * 604_800;
  return step * 1000;
}
