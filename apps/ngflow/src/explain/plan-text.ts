import { wrapText } from "../output/wrap-text.ts";
import {
  changeText,
  leftText,
  newTargets,
  type Picture,
  drawText,
  type Plan,
  type PlanStep,
  refusalText,
  type Traffic,
  trafficChanges,
} from "@ngflow/plan";
import { terminalText } from "@ngflow/base";
import { type GraphChange } from "@ngflow/graph";
import { ansi, type Paint, PLAIN } from "./paint.ts";

const INDENT = "    ";
/** Columns of a report that does not go to a terminal, and most of one that does: longer lines are hard to read. */
const WIDTH = 96;
/** Most lines of ngctl's output that are shown. */
const MAX_OUTPUT_LINES = 12;
const MAX_ITEMS = 12;

/** How a report looks: its colours, and the columns that its sentences and its drawings have. */
interface Look extends Paint {
  readonly width: number;
  readonly drawingWidth: number;
}

/**
 * A plan for a terminal.
 *
 * @param colour paints what changed and what is cut
 * @param columns of the terminal; sentences and drawings fit them, commands of the script are as wide as they are
 */
export function planText(given: Plan, colour: boolean, columns?: number): string {
  const plan = shown(given);
  const paint: Look = {
    ...(colour ? ansi() : PLAIN),
    width: Math.min(columns ?? WIDTH, WIDTH),
    drawingWidth: columns === undefined ? Number.POSITIVE_INFINITY : columns - INDENT.length,
  };
  const lines: string[] = [];
  lines.push(
    paint.bold(
      `${plan.script}: ${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}, interfaces ${plan.interfaces.join(", ") || "none"}`,
    ),
    "",
  );
  for (const { command, error } of plan.modules) lines.push(`${command}: ${error ?? "there"}`);
  if (plan.modules.length > 0) lines.push("");
  lines.push(paint.bold("Before the first step"), ...drawing(plan.start.picture, plan.start.traffic, paint), "");
  let traffic = plan.start.traffic;
  for (const step of plan.steps) {
    lines.push(...stepLines(step, traffic, paint), "");
    traffic = step.traffic;
  }
  if (plan.end !== null) {
    lines.push(paint.bold("When ngctl has ended and its node is gone"), ...changeLines(plan.end.changes, 0));
    lines.push(
      ...trafficLines(traffic, plan.end.traffic, paint),
      ...drawing(plan.end.picture, plan.end.traffic, paint),
      "",
    );
  }
  lines.push(paint.bold("Verdict"));
  for (const { text } of plan.verdict) lines.push(...wrapText(text, paint.width, "  - ", "    "));
  return `${lines.join("\n")}\n`;
}

/** A copy of a value of objects, arrays and texts. Its texts are those of a script, and are shown on a terminal. */
function shown<T>(value: T): T {
  if (typeof value === "string") return terminalText(value) as T;
  if (Array.isArray(value)) return value.map(shown) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)])) as T;
}

function stepLines(step: PlanStep, before: readonly Traffic[], paint: Look): string[] {
  const title = paint.bold(`Step ${step.number}: ${step.command.slice(0, 200)}`);
  if (step.outcome === "not reached") return [title, `${INDENT}not reached: ngctl stopped before`];
  const lines = [title];
  if (step.outcome !== "done") {
    const text = wrapText(refusalText(step), paint.width, INDENT, INDENT);
    lines.push(...(step.outcome === "refused" && step.mayFail ? text : text.map(paint.bad)));
  }
  lines.push(...changeLines(step.changes, step.moreChanges));
  if (step.output !== "") lines.push(...outputLines(step.output, paint));
  const means = trafficLines(before, step.traffic, paint);
  const targets = newTargets(step.picture).map((sentence) => `${INDENT}${sentence}`);
  lines.push(...targets, ...means);
  if (step.outcome === "done" && step.changes.length === 0 && targets.length + means.length === 0)
    lines.push(`${INDENT}changes neither graph nor traffic`);
  if (step.changes.length > 0) lines.push(...drawing(step.picture, step.traffic, paint));
  const left = leftText(step.ifItFails);
  if (left !== "nothing") {
    lines.push(...wrapText(`if it fails, left behind: ${left}`, paint.width, INDENT, `${INDENT}  `));
    if (step.ifItFails.undo.length > 0)
      lines.push(...wrapText(`  undo: ${step.ifItFails.undo.join("; ")}`, paint.width, INDENT, `${INDENT}    `));
  }
  if (step.neededBy !== null && step.neededBy.length > 0) lines.push(`${INDENT}needed by ${stepList(step.neededBy)}`);
  return lines;
}

function changeLines(changes: readonly GraphChange[], more: number): string[] {
  const lines = changes.slice(0, MAX_ITEMS).map((change) => `${INDENT}${changeText(change)}`);
  const rest = changes.length - lines.length + more;
  return rest > 0 ? [...lines, `${INDENT}and ${rest} more`] : lines;
}

function trafficLines(before: readonly Traffic[], after: readonly Traffic[], paint: Look): string[] {
  return trafficChanges(before, after).flatMap((sentence) => {
    const lines = wrapText(sentence, paint.width, `${INDENT}=> `, `${INDENT}   `);
    return / is cut/.test(sentence) ? lines.map(paint.bad) : lines.map(paint.good);
  });
}

function outputLines(output: string, { width }: Look): string[] {
  const all = output.trimEnd().split("\n");
  const lines = all.slice(0, MAX_OUTPUT_LINES).map((line) => `${INDENT}| ${line.slice(0, width - INDENT.length - 2)}`);
  return all.length > lines.length ? [...lines, `${INDENT}| and ${all.length - lines.length} lines more`] : lines;
}

function drawing(picture: Picture | null, traffic: readonly Traffic[], paint: Look): string[] {
  if (picture === null) return [`${INDENT}(too many nodes to draw)`];
  const drawn = drawText(picture, traffic, paint, paint.drawingWidth);
  return drawn.length === 0 ? [] : ["", ...drawn.map((line) => `${INDENT}${line}`)];
}

function stepList(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? "step" : "steps"} ${numbers.join(", ")}`;
}
