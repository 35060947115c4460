import { type Audit, type AuditHop, type AuditPart, isoTime, lostOfText } from "@ngflow/flows";

const count = (n: number): string => Math.abs(n).toLocaleString("en-US");

/** `16,376 frames that the capture saw`. */
const part = ({ count: n, text, by }: AuditPart): string =>
  `${count(n)} ${text}${by === undefined ? "" : ` (${lostOfText(by)})`}`;

/** Where the figures of a hop begin. */
export const AUDIT_INDENT = 16;
const INDENT = " ".repeat(AUDIT_INDENT);

/** The mark before a hop: what is wrong stands out without colour. */
const MARKS = { balanced: "ok  ", lost: "LOST", open: "OPEN", "not compared": "-   " } as const;

function lines({ name, unit, verdict, in: came, out, reason, ...hop }: AuditHop): string[] {
  const head = `${MARKS[verdict]} ${name.padEnd(10)}`;
  if (came === null || out === null) return [`${head} not compared`, `${INDENT}${reason}`];
  const rest = hop.rest === null || verdict === "open" ? [] : [hop.rest];
  const others = [...hop.apart, ...hop.waiting, ...rest].map((each) => `+ ${part(each)}`);
  const lost = [...hop.lost, ...hop.besides].map((each) => `LOST ${part(each)}`);
  const open = verdict === "open" && hop.rest !== null ? [`NOT EXPLAINED ${part(hop.rest)}`] : [];
  return [
    `${head} ${count(came)} ${unit} = ${part(out)}`,
    ...[...others, ...lost, ...open].map((line) => `${INDENT}${line}`),
  ];
}

/** An audit as lines: a hop each, and below it what was left out, waits, or was lost. */
export function auditText({ askedFrom, from, to, restarted, balanced, hops }: Audit): string {
  const late = from - askedFrom > 60_000 ? ", when the server started" : "";
  const wrong = hops.filter(({ verdict }) => verdict === "lost" || verdict === "open").map(({ name }) => name);
  const head = [`from ${isoTime(from).slice(0, 19)}Z${late}, to ${isoTime(to).slice(0, 19)}Z`];
  if (restarted.length > 0) head.push(`started since: ${restarted.join(", ")}; their figures are those since then`);
  const end = balanced ? "balanced: nothing is missing" : `not balanced: ${wrong.join(", ")}`;
  return `${[...head, "", ...hops.flatMap(lines), "", end].join("\n")}\n`;
}
