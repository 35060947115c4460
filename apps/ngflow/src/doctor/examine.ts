import { CHECKS } from "./checks/index.ts";
import { fault, type Finding, type Patient } from "./finding.ts";

/** A finding and the check that made it. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

/** Runs every check. One that fails is a finding itself, and holds up no other. */
export async function examine(patient: Patient): Promise<readonly NamedFinding[]> {
  const found = await Promise.all(
    CHECKS.map(async ({ name, look }) => {
      let findings: readonly Finding[];
      try {
        findings = await look(patient);
      } catch (error) {
        findings = [fault(`cannot be checked: ${(error as Error).message}`, "look at the message")];
      }
      return findings.map((finding) => ({ check: name, ...finding }));
    }),
  );
  return found.flat();
}

/** Where the text of a finding begins. */
export const FINDING_INDENT = 17;

/** Findings as lines, and below each that is not ok the step that mends it. */
export function findingsText(findings: readonly NamedFinding[]): string {
  const lines: string[] = [];
  for (const { check, state, text, mend } of findings) {
    const mark = { ok: "ok   ", warning: "warn ", fault: "FAULT" }[state];
    lines.push(`${mark} ${check.padEnd(10)} ${text}`);
    if (mend !== undefined) lines.push(`${" ".repeat(FINDING_INDENT)}-> ${mend}`);
  }
  const count = (wanted: Finding["state"]): number => findings.filter(({ state }) => state === wanted).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  const of = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
  lines.push("", faults + warnings === 0 ? "nothing to mend" : `${of(faults, "fault")}, ${of(warnings, "warning")}`);
  return `${lines.join("\n")}\n`;
}
