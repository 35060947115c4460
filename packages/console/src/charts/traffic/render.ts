import { rangeText } from "../../format/time.ts";
import { type AlertBand, alertLine } from "../alert-bands.ts";
import type { Palette } from "../../theme/palette.ts";
import { colourOf } from "../../theme/colours.ts";
import { lostLines } from "../loss-marks.ts";
import { traffic as t } from "../../messages/traffic.ts";
import { units } from "../../messages/units.ts";
import { type Unit, unitText } from "../units.ts";
import type { TrafficData, TrafficSides } from "./series.ts";

export interface TrafficLook {
  readonly unit: Unit;
  readonly palette: Palette;
  /** Place in the palette of each series key. */
  readonly places: ReadonlyMap<string, number>;
  /** Series drawn strongly while the others fade; null for all alike. */
  readonly emphasis: string | null;
  /** Times at which alerts fired. */
  readonly alerts: readonly AlertBand[];
}

/** Lines of the pointer's box: the bin, and of each side the total and the groups with a value there. */
export function tooltipLines({ up, down }: TrafficSides, look: TrafficLook, bin: number) {
  const time = up.times[bin] ?? 0;
  const { unit } = look;
  const side = (data: TrafficData) => {
    const rows = data.series
      .map((series) => ({
        label: series.label,
        colour: colourOf(look.palette, look.places, series.key),
        value: series.values[bin] ?? null,
      }))
      .filter((row): row is typeof row & { value: number } => row.value !== null && row.value > 0);
    const total = rows.reduce((sum, { value }) => sum + value, 0);
    return {
      total: unitText(unit, total),
      rows: rows.map(({ label, colour, value }) => ({ label, colour, text: unitText(unit, value) })),
    };
  };
  const isRecorded = !up.coverage.notRecorded.some(([first, last]) => bin >= first && bin <= last);
  const isSettled = time + up.stepMs <= up.coverage.unsettledFrom;
  return {
    title: rangeText(time, time + up.stepMs),
    lost: [...lostLines(up.coverage, bin), alertLine(look.alerts, time, time + up.stepMs) ?? []].flat(),
    note: !isRecorded ? t.nothingRecorded : isSettled ? null : t.notSettled,
    sides: isRecorded
      ? [{ name: down ? units.inward : "", ...side(up) }, ...(down ? [{ name: units.outward, ...side(down) }] : [])]
      : [],
  };
}
