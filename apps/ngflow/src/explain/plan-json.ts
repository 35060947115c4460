import type { Plan } from "@ngflow/plan";
import { judge } from "./judge.ts";

/** A plan as `explain --format json` prints it: one value, indented by two spaces. */
export function planJson(plan: Plan): string {
  const { script, style, interfaces, start, steps, end, cuts, modules, remoteShell, verdict } = plan;
  const { ignored, assumed, unclear, notRun, ended } = plan;
  const texts = verdict.map(({ text }) => text);
  const value = {
    script,
    style,
    ok: judge(plan) === "ok",
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
    assumed,
    unclear,
    notRun,
    ended,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}
