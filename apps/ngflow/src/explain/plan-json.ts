import type { Plan } from "@ngflow/plan";

/** A plan as `explain --format json` prints it: one value, indented by two spaces. */
export function planJson(plan: Plan): string {
  const { script, style, interfaces, start, steps, end, cuts, modules, ignored, remoteShell, verdict } = plan;
  const texts = verdict.map(({ text }) => text);
  const ok = steps.every((step) => step.outcome !== "refused");
  const value = {
    script,
    style,
    ok,
    interfaces,
    start,
    steps,
    end,
    cuts,
    remoteShell,
    verdict: texts,
    findings: verdict,
    modules,
    ignored,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
