import {
  changeText,
  drawScene,
  leftText,
  type Plan,
  type PlanStep,
  themeStyle,
  trafficChanges,
  xmlText,
} from "@ngflow/plan";
import type { Drawings } from "./drawings.ts";
import { PAGE_SCRIPT, PAGE_STYLE } from "./plan-page.ts";

/** A self-contained page with the pictures, to step through by clicks or arrow keys. */
export function planHtml(plan: Plan, { scenes, frame }: Drawings): string {
  const { width, height } = frame;
  const pictures = scenes.map(
    (scene, i) =>
      `<svg class="scene" id="scene${i}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${xmlText(`${scene.heading}: ${scene.command}`)}"${i === 0 ? "" : " hidden"}>` +
      `${drawScene(scene, frame)}</svg>`,
  );
  const details = scenes.map((_, i) => {
    const step = plan.steps[i - 1];
    const before = i < 2 ? plan.start.traffic : plan.steps[i - 2]!.traffic;
    return `<div class="detail" id="detail${i}"${i === 0 ? "" : " hidden"}>${step === undefined ? "" : stepDetail(step, before)}</div>`;
  });
  const items = scenes.map((scene, i) => {
    const step = plan.steps[i - 1];
    const mark = step === undefined ? "" : markOf(plan, step);
    return `<li><button type="button" data-scene="${i}"${i === 0 ? ' aria-current="step"' : ""}><span class="number">${i > plan.steps.length ? "" : i}</span><code>${xmlText(scene.command)}</code>${mark}</button></li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${xmlText(plan.script)}, step by step</title>
<style>${themeStyle("auto")}${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${xmlText(plan.script)}</h1>
<ul class="verdict">${plan.verdict.map(({ severity, text }) => `<li${severity === "info" ? "" : ' class="warn"'}>${xmlText(text)}</li>`).join("")}</ul>
</header>
<main>
<nav aria-label="Steps"><ol start="0">${items.join("\n")}</ol></nav>
<section>
<div class="stage">
${pictures.join("\n")}
</div>
<div class="controls"><button type="button" id="back" aria-label="Previous step">&#8592;</button><button type="button" id="play">Play</button><button type="button" id="forward" aria-label="Next step">&#8594;</button><span>arrow keys, Home, End and space work too</span></div>
${details.join("\n")}
</section>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** A mark next to a step in the list: refused, cuts, restores. */
function markOf(plan: Plan, step: PlanStep): string {
  if (step.outcome === "refused") return step.mayFail ? "<em>refused</em>" : '<em class="bad">refused</em>';
  if (step.outcome === "unclear") return '<em class="bad">not known</em>';
  if (step.outcome === "not reached") return "<em>not reached</em>";
  if (plan.cuts.some((cut) => cut.from === step.number)) return '<em class="bad">cuts</em>';
  return plan.cuts.some((cut) => cut.to === step.number) ? '<em class="good">restores</em>' : "";
}

function stepDetail(step: PlanStep, before: PlanStep["traffic"]): string {
  const rows: [string, string][] = [["line", String(step.line)]];
  if (step.error !== null) rows.push(["refused", `${step.error}${step.why === null ? "" : ` (${step.why})`}`]);
  const changes = [...step.changes.map(changeText), ...(step.moreChanges > 0 ? [`${step.moreChanges} more`] : [])];
  if (changes.length > 0) rows.push(["did", changes.join("; ")]);
  const meaning = trafficChanges(before, step.traffic);
  if (meaning.length > 0) rows.push(["means", meaning.join("; ")]);
  if (step.output !== "") rows.push(["printed", step.output.trimEnd().slice(0, 2000)]);
  rows.push(["if it fails", `left behind: ${leftText(step.ifItFails)}`]);
  if (step.ifItFails.undo.length > 0) rows.push(["undo", step.ifItFails.undo.join("; ")]);
  if (step.neededBy !== null && step.neededBy.length > 0) rows.push(["needed by", `step ${step.neededBy.join(", ")}`]);
  return `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${xmlText(value)}</dd>`).join("")}</dl>`;
}
