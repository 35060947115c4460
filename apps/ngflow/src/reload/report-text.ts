import type { ReloadReport, SettingChange } from "./reloader.ts";

const valueText = (value: unknown): string =>
  value === null ? "default" : Array.isArray(value) ? value.join(" ") || "none" : String(value);

/** `keep 30d → 90d`. */
export const changeText = ({ key, from, to }: SettingChange): string => `${key} ${valueText(from)} → ${valueText(to)}`;

/** One line for what holds now, one for what needs a restart. */
export function reportLines({ changed, restart }: ReloadReport): string[] {
  return [
    ...(changed.length === 0 ? [] : [`changed: ${changed.map(changeText).join(", ")}`]),
    ...(restart.length === 0 ? [] : [`needs a restart: ${restart.map(changeText).join(", ")}`]),
    ...(changed.length + restart.length === 0
      ? ["no setting has changed; files that settings name were read again"]
      : []),
  ];
}
