import {
  type Alert,
  type AlertsNow,
  amountText,
  type DryRun,
  groupText,
  type RuleStatus,
  type Silence,
} from "@ngflow/alerts";
import { isoTime } from "@ngflow/flows";
import { fitLines } from "../../output/fit-lines.ts";
import { formatTable } from "../../output/table.ts";

/** To the second, UTC. */
const time = (ms: number | null): string => (ms === null ? "-" : `${isoTime(ms).slice(0, 19)}Z`);

const amount = (value: number | null): string => (value === null ? "-" : amountText(value));

/** Rows of texts under their names. */
function textTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const named = rows.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""])));
  return formatTable(columns, named, { human: false });
}

const HEAD = ["state", "severity", "rule", "group", "value", "limit", "since", "until", "losses"];
/** What a narrow terminal has in a line below, in this order. */
const BELOW = ["losses", "limit", "severity", "until"];

function row(alert: Alert & { readonly silent?: boolean }): string[] {
  const { state, severity, rule, value, peak, reference, sinceMs, resolvedMs, lost } = alert;
  return [
    alert.silent === true ? `${state} (silent)` : state,
    ...[severity, rule, groupText(alert) || "-", amount(state === "resolved" ? peak : value), amount(reference)],
    ...[time(sinceMs), time(resolvedMs), lost.join(",") || "-"],
  ];
}

/** To the minute, without the year. */
const shortTime = (text: string): string => text.replace(/^\d+-(\d+-\d+)T(\d+:\d+):\d+Z$/, "$1 $2");

/** Alerts as a table; one that is wider than `columns` has short times, then columns in a line below each alert. */
export function alertsTable(alerts: readonly Alert[], columns = Infinity): string {
  if (alerts.length === 0) return "no alerts\n";
  const rows = alerts.map((alert) => Object.fromEntries(row(alert).map((cell, i) => [HEAD[i]!, cell])));
  const withBelow = (below: readonly string[]): string => {
    const names = HEAD.filter((name) => !below.includes(name));
    const [heading, ...lines] = formatTable(names, rows, { human: false }).split("\n");
    const detail = (each: Readonly<Record<string, string>>): string =>
      HEAD.filter((name) => below.includes(name) && each[name] !== "-")
        .map((name) => `${name} ${each[name]}`)
        .join(", ");
    const details = rows.map((each) => (detail(each) === "" ? "" : `  ${detail(each)}`));
    return [heading, ...rows.flatMap((_, i) => [lines[i]!, ...(details[i] === "" ? [] : [details[i]!])]), ""].join(
      "\n",
    );
  };
  const widest = (table: string): number => Math.max(...table.split("\n").map(({ length }) => length));
  let table = withBelow([]);
  if (widest(table) <= columns) return table;
  for (const each of rows) Object.assign(each, { since: shortTime(each["since"]!), until: shortTime(each["until"]!) });
  for (let below = 0; below <= BELOW.length; below++) {
    table = withBelow(BELOW.slice(0, below));
    if (widest(table) <= columns) break;
  }
  return table;
}

/** `1 rule`, `2 rules`. */
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What alerts are now: those that fire, and what is wrong with rules and channels. */
export function alertsText(now: AlertsNow, columns?: number): string {
  const { alerts, rules, channels, silences, share, counters } = now;
  const faults = [
    ...rules.flatMap(({ name, fault }) => (fault === null ? [] : [`rule ${name} cannot be judged: ${fault}`])),
    ...channels.flatMap(({ name, fault, waiting }) =>
      fault === null ? [] : [`channel ${name} does not take alerts: ${fault}; ${waiting} wait`],
    ),
    ...(share?.fault ? [`what the servers share cannot be reached, so none of them sends: ${share.fault}`] : []),
    ...(share?.leads === false ? ["another server judges the rules and sends"] : []),
  ];
  const { firing = 0, pending = 0 } = counters;
  const end = `${firing} firing, ${pending} pending; ${counted(rules.length, "rule")}, ${counted(silences.length, "silence")}`;
  return alertsTable(alerts, columns) + fitLines(`${[...faults, end].join("\n")}\n`, columns);
}

/** Rules as a table. */
export function rulesTable(rules: readonly RuleStatus[]): string {
  if (rules.length === 0) return "no rules\n";
  return textTable(
    ["rule", "condition", "from", "judged until", "says"],
    rules.map(({ name, definition, source, judgedMs, fault, waitsFor }) => [
      ...[name, String(definition["condition"]), source, time(judgedMs), fault ?? waitsFor ?? "-"],
    ]),
  );
}

/** A dry run: how often, and when. */
export function dryRunText(rule: string, run: DryRun, columns?: number): string {
  const { fromMs, toMs, windows, fired, alerts, pending, cut, waitsFor } = run;
  if (windows === 0) {
    return fitLines(`${rule}: no window of the range is stored and settled; nothing was judged\n`, columns);
  }
  const times = fired === 1 ? "once" : `${fired} times`;
  const lines = [
    `${rule}: would have fired ${times} from ${time(fromMs)} to ${time(toMs)} (${windows} windows)`,
    ...(fired > alerts.length ? [`the first ${alerts.length} of them:`] : []),
    ...(pending > 0 ? [`${pending} pending at the end`] : []),
    ...(cut > 0 ? [`${cut} windows had more groups than are looked at`] : []),
    ...(waitsFor === null ? [] : [`not judged at the end: ${waitsFor}`]),
  ];
  return (alerts.length === 0 ? "" : alertsTable(alerts, columns)) + fitLines(`${lines.join("\n")}\n`, columns);
}

/** A silence in a line. */
export function silenceText({ id, rules, match, fromMs, toMs, comment }: Silence): string {
  const what =
    [...rules, ...Object.entries(match).map(([name, value]) => `${name}=${value}`)].join(" ") || "everything";
  return `${id}: ${what}, ${time(fromMs)} to ${time(toMs)}${comment === "" ? "" : `: ${comment}`}`;
}
