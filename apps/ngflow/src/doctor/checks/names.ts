import { type Finding, ok, type Patient, warning } from "../finding.ts";

/** So many are named; the rest is a number. */
const NAMED = 5;

/** What names come from: files, servers and SNMP agents that cannot be read. */
export async function lookAtNames({ ask }: Patient): Promise<readonly Finding[]> {
  const answer = await ask("/names/status");
  if (answer === null || answer.sources.length === 0) return [];
  const see = "ngflow names status";
  const findings = answer.sources
    .filter(({ error }) => error !== null)
    .map(({ kind, from, state, error }) => {
      const held = state === "stale" ? "; what was read before is used" : "";
      return warning(`${kind} ${from}: ${error}${held}`, see);
    });
  if (findings.length === 0) return [ok(`${answer.sources.length} sources of names, all of them read`)];
  const rest = findings.length - NAMED;
  return rest <= 0 ? findings : [...findings.slice(0, NAMED), warning(`and ${rest} more about names`, see)];
}
