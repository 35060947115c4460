import { isoTime } from "@ngflow/flows";
import type { Alert } from "../alert.ts";
import type { WEBHOOK_FORMATS } from "./channel.ts";

/** What is sent at once: all that fired and ended in one round. */
export interface Notice {
  readonly id: string;
  /** Name of the channel. */
  readonly channel: string;
  readonly alerts: readonly NoticeAlert[];
  /** Somebody asked for it, to see that it arrives. */
  readonly test: boolean;
  /** When it was made, Unix milliseconds. */
  readonly madeMs: number;
}

/** An alert, with what its rule says. */
export interface NoticeAlert extends Alert {
  readonly description: string;
}

/** The values of an alert's group: `SrcAddr=10.20.0.9 DstPort=443`. */
export function groupText({ group }: Pick<Alert, "group">): string {
  return Object.entries(group)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

/** A number with three digits: 1.23M. */
export function amountText(value: number): string {
  if (Math.abs(value) < 1000) return String(Math.round(value * 100) / 100);
  const power = Math.min(4, Math.floor(Math.log10(Math.abs(value)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(3))}${["", "k", "M", "G", "T"][power]}`;
}

/** One alert in a line. */
export function alertLine(alert: NoticeAlert): string {
  const { rule, severity, state, value, reference, sinceMs, resolvedMs, lost } = alert;
  const group = groupText(alert);
  const number =
    value === null ? "" : `: ${amountText(value)}${reference === null ? "" : ` (${amountText(reference)})`}`;
  const time = resolvedMs === null ? `since ${isoTime(sinceMs)}` : `${isoTime(sinceMs)} to ${isoTime(resolvedMs)}`;
  const loss = lost.length === 0 ? "" : `; known losses: ${lost.join(", ")}`;
  const word = state === "resolved" ? "resolved" : severity;
  return `[${word}] ${rule}${group === "" ? "" : ` ${group}`}${number}, ${time}${loss}`;
}

/** What it is about, in a line. */
export function subjectOf({ alerts, test }: Notice): string {
  const prefix = test ? "[test] " : "";
  if (alerts.length === 1) return prefix + alertLine(alerts[0]!);
  const firing = alerts.filter(({ state }) => state !== "resolved").length;
  return `${prefix}[ngflow] ${firing} alerts firing, ${alerts.length - firing} resolved`;
}

/** Most alerts that a text lists. */
const MOST_LINES = 50;

/** All of it as text. */
export function textOf(notice: Notice): string {
  const lines = notice.alerts.slice(0, MOST_LINES).flatMap((alert) => {
    const description = alert.state === "resolved" || alert.description === "" ? [] : [`  ${alert.description}`];
    return [alertLine(alert), ...description];
  });
  const more = notice.alerts.length - MOST_LINES;
  if (more > 0) lines.push(`and ${more} more`);
  return `${notice.test ? "[test] Somebody tries whether this arrives.\n" : ""}${lines.join("\n")}`;
}

const time = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

/** An alert as JSON, of the webhook and of commands: times are ISO 8601 UTC. */
export function alertJson(alert: NoticeAlert): object {
  const { sinceMs, firedMs, resolvedMs, clearMs: _, judgedMs, ...rest } = alert;
  return {
    ...rest,
    since: time(sinceMs),
    fired: time(firedMs),
    resolved: time(resolvedMs),
    judged: time(judgedMs),
  };
}

const jsonBody = (notice: Notice): unknown => ({
  version: 1,
  id: notice.id,
  test: notice.test,
  subject: subjectOf(notice),
  alerts: notice.alerts.map(alertJson),
});

/** Labels of the API v2 have names of letters, digits and underscores. */
function labelsOf({ rule, severity, condition, group, labels }: NoticeAlert): Record<string, string> {
  const all = { ...labels, ...group };
  const named = Object.entries(all).map(([name, value]) => [name.replaceAll(/\W/g, "_"), String(value)]);
  return { ...(Object.fromEntries(named) as Record<string, string>), alertname: rule, severity, condition };
}

/** Alerts that fire have no end: Alertmanager takes them as resolved if they are not sent again. */
const FOREVER_MS = 30 * 86_400_000;

const alertmanagerBody = ({ alerts, madeMs, test }: Notice): unknown =>
  alerts.map((alert) => ({
    labels: { ...labelsOf(alert), ...(test ? { test: "true" } : {}) },
    annotations: { summary: alertLine(alert), description: alert.description },
    startsAt: isoTime(alert.sinceMs),
    endsAt: isoTime(alert.resolvedMs ?? madeMs + FOREVER_MS),
  }));

/** What is posted, by format. */
export const WEBHOOK_BODIES: Readonly<Record<(typeof WEBHOOK_FORMATS)[number], (notice: Notice) => unknown>> = {
  json: jsonBody,
  chat: (notice) => ({ text: textOf(notice) }),
  alertmanager: alertmanagerBody,
};

/** The standard input of a command. */
export function commandInput(notice: Notice): string {
  return `${JSON.stringify(jsonBody(notice))}\n`;
}
