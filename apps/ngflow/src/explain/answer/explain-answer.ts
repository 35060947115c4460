import { drawSvg, leftText, type Plan, type PlanStep, scenesOf, trafficChanges } from "@ngflow/plan";
import type { ExplainAnswer, ExplainQuestion, ExplainScene } from "@ngflow/server";
import { checkSize } from "../check-size.ts";
import { type Drawings, drawPlan } from "../drawings.ts";
import { ScriptError } from "../errors.ts";
import { explainScript } from "../explain-script.ts";
import { judge } from "../judge.ts";
import { readForModel } from "../read-on-model.ts";
import { NO_FILES } from "./no-files.ts";

/** Most steps of a script that is sent: each has a picture, and all are in one answer. */
const MAX_STEPS = 200;
/** Most characters of what a step printed. */
const MAX_OUTPUT = 4000;

/** Tries a script that was sent. @throws NgflowError when it is too long. */
export async function explainAnswer({ script: text, theme, args, set }: ExplainQuestion): Promise<ExplainAnswer> {
  const reading = { variables: set, files: NO_FILES, ...(args.length > 0 && { args }) };
  const { script, interfaces } = await readForModel(text, undefined, reading);
  checkSize("the script", script, interfaces, MAX_STEPS);
  const plan = await explainScript(script, { name: "the script", interfaces, files: NO_FILES });
  const drawings = await drawPlan(plan).catch((error: unknown) => {
    if (error instanceof ScriptError && error.code === "plan-too-large") return null;
    throw error;
  });
  return {
    judgement: judge(plan),
    interfaces,
    findings: plan.verdict,
    cuts: plan.cuts,
    scenes: scenes(plan, drawings, theme),
    notes: notes(plan),
  };
}

function scenes(plan: Plan, drawings: Drawings | null, theme: ExplainQuestion["theme"]): ExplainScene[] {
  return (drawings?.scenes ?? scenesOf(plan)).map((scene, at) => {
    const step = plan.steps[at - 1];
    const before = plan.steps[at - 2]?.traffic ?? plan.start.traffic;
    const { heading, command, note } = scene;
    return {
      heading,
      command,
      note,
      outcome: at === 0 ? "start" : step === undefined ? "end" : outcomeOf(step),
      line: step?.line ?? null,
      means: step === undefined ? [] : trafficChanges(before, step.traffic),
      output: step?.output.trimEnd().slice(0, MAX_OUTPUT) ?? "",
      left: step === undefined ? null : leftText(step.ifItFails),
      undo: step?.ifItFails.undo ?? [],
      svg: drawings === null ? null : drawSvg(scene, drawings.frame, theme),
    };
  });
}

function outcomeOf({ outcome, mayFail }: PlanStep): ExplainScene["outcome"] {
  return outcome === "refused" && mayFail ? "expected" : outcome;
}

/** What is not understood or not run, in the order of the lines. */
function notes({ unclear, assumed, notRun, modules }: Plan): ExplainAnswer["notes"] {
  const of = (what: string, some: Plan["unclear"]) =>
    some.map(({ line, text, reason }) => ({ line, text: `${what}: ${text}${reason === "" ? "" : ` (${reason})`}` }));
  return [
    ...of("not understood", unclear),
    ...of("assumed", assumed),
    ...of("not run", notRun),
    ...modules.flatMap(({ line, command, error }) => (error === null ? [] : [{ line, text: `${command}: ${error}` }])),
  ].sort((a, b) => a.line - b.line);
}
