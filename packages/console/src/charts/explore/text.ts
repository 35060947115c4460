import { metricValue, withUnit } from "../../format/number.ts";
import { type ExploreUnit, UNITS } from "./options.ts";

/** A value in a unit as people read it. */
export function unitText(unit: ExploreUnit, value: number): string {
  return unit === "fps" ? withUnit(value, "flow/s") : metricValue(unit, value);
}

/** What was summed over the range, as people read it: bytes of a rate of bits. */
export function sumText(unit: ExploreUnit, total: number): string {
  return metricValue(UNITS[unit].sum, total);
}
