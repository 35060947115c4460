import { type Finding, fault, ok, type Patient } from "../finding.ts";

/** What the audit of the last hour says, a finding for each hop that is not balanced. */
export async function lookAtHops({ ask }: Patient): Promise<readonly Finding[]> {
  const audit = await ask("/audit", { last: "1h" });
  if (audit === null) return [];
  const findings: Finding[] = [];
  for (const { name, verdict, lost, besides, rest } of audit.hops) {
    if (verdict === "balanced" || verdict === "not compared") continue;
    const parts = [...lost, ...besides, ...(verdict === "open" && rest !== null ? [rest] : [])];
    const what = parts.map(({ count, text }) => `${Math.abs(count).toLocaleString("en-US")} ${text}`).join("; ");
    findings.push(fault(`hop "${name}": ${what}`, "ngflow audit, and the page /pipeline of the console"));
  }
  return findings.length > 0 ? findings : [ok("every hop of the last hour is balanced: nothing is missing")];
}
