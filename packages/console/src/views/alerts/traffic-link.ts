import type { Alert } from "@ngflow/server/client";
import { keepMark } from "../../filter/predicate.ts";
import { DEFAULT_VIEW, queryFromView } from "../../state/url-state.ts";

/** Shown before and after an alert, milliseconds. */
const AROUND_MS = 30 * 60_000;

/** Groups that are not of flows: reasons of losses. */
const isOfFlows = ({ group }: Pick<Alert, "group">): boolean => !("Reason" in group);

/** The page of the traffic that an alert is about, before, during and after it; null where it is not about traffic. */
export function trafficOf(alert: Pick<Alert, "group" | "sinceMs" | "judgedMs">, filter: string): `/${string}` | null {
  if (!isOfFlows(alert)) return null;
  // Prefixes are compared with `in`: a filter has no term `SrcAddr/24`.
  const plain = Object.fromEntries(Object.entries(alert.group).filter(([name]) => !name.includes("/")));
  const terms = [filter === "" ? null : `(${filter})`, keepMark(plain)].filter((term) => term !== null);
  const time = (ms: number): string => new Date(ms).toISOString();
  const range = { from: time(alert.sinceMs - AROUND_MS), to: time(alert.judgedMs + AROUND_MS) };
  return `/explore${queryFromView({ ...DEFAULT_VIEW, ...range, filter: terms.join(" and ") })}`;
}
