import type { EdgeEnd, GraphChange } from "@ngflow/graph";
import type { Picture } from "../drawing/picture.ts";
import type { PlanStep } from "../dry-run/plan.ts";
import type { Direction } from "../dry-run/probe-frame.ts";
import type { Place, Traffic } from "../dry-run/traffic.ts";

/** A change of the graph in a few words. */
export function changeText(change: GraphChange): string {
  switch (change.kind) {
    case "made":
      return `made node ${label(change.id, change.name)} of type ${change.type}`;
    case "gone":
      return `node ${label(change.id, change.name)} of type ${change.type} is gone`;
    case "named":
      return change.was === null
        ? `node [${change.id.toString(16)}] is now called ${change.name}`
        : `node ${change.was} is now called ${change.name}`;
    case "joined":
      return `joined ${endText(change.ends[0])} with ${endText(change.ends[1])}`;
    case "parted":
      return `parted ${endText(change.ends[0])} from ${endText(change.ends[1])}`;
  }
}

/** Why a step is refused, or what it would need. */
export function refusalText({ outcome, mayFail, error, why }: PlanStep): string {
  const reason = `${error}${why === null ? "" : ` (${why})`}`;
  if (outcome === "unclear") return `not known: ${reason}`;
  return mayFail ? `refused, which the script expects: ${reason}` : `refused: ${reason}`;
}

/** Where sockets send to since a step. */
export function newTargets(picture: Picture | null): string[] {
  return (
    picture?.nodes.flatMap(({ target }) => (target?.isNew === true ? [`datagrams go to ${target.address}`] : [])) ?? []
  );
}

function label(id: number, name: string | null): string {
  return name === null ? `[${id.toString(16)}]` : `${name} [${id.toString(16)}]`;
}

function endText({ id, node, hook }: EdgeEnd): string {
  return `${node ?? `[${id.toString(16)}]`}:${hook}`;
}

/** `inbound` or `outbound`. */
export function directionText(direction: Direction): string {
  return direction === "in" ? "inbound" : "outbound";
}

/** A place where packets come out, in words. */
export function placeText({ end, name }: Place): string {
  if (end === "wire") return `the wire of ${name}`;
  return end === "host" ? `the kernel's stack behind ${name}` : name;
}

/** What becomes of an interface's packets of one direction, without naming either. */
export function trafficText(row: Traffic): string {
  const parts: string[] = [];
  if (row.state === "flows") parts.push("flows");
  else if (row.state === "partly") parts.push(`flows in part (${partText(row)})`);
  else if (row.elsewhere.length === 0) parts.push("is cut");
  else parts.push(`is cut, ends in ${list(row.elsewhere.map(placeText))}`);
  if (row.spread.length > 0) parts.push(`is spread over ${spreadText(row)}`);
  if (row.copied.length > 0) parts.push(`is copied to ${list(row.copied.map(placeText))}`);
  if (row.duplicated) parts.push("arrives more than once");
  if (row.looped) parts.push("goes round in a loop");
  if (row.counted.length > 0) parts.push(`is counted by ${list(row.counted)}`);
  if (row.uncounted.length > 0) parts.push(`is not counted by ${list(row.uncounted)}`);
  return parts.join(", ");
}

/** What of an interface's packets gets through, if not all does. */
export function partText({ passed, lossy, elsewhere }: Traffic): string {
  if (!lossy) return `only ${passed.join(", ")}`;
  const where = elsewhere.length === 0 ? "are lost" : `end in ${list(elsewhere.map(placeText))}`;
  return `packets of ${passed.join(", ")} pass, others of them ${where}`;
}

/** The ends over which an interface's packets are spread. */
export function spreadText({ interface: name, direction, spread }: Traffic): string {
  return list([placeText({ end: direction === "in" ? "host" : "wire", name }), ...spread.map(placeText)]);
}

const MAX_NAMED = 4;

function list(names: readonly string[]): string {
  const unique = [...new Set(names)];
  const shown = unique.slice(0, MAX_NAMED).join(", ");
  return unique.length > MAX_NAMED ? `${shown} and ${unique.length - MAX_NAMED} more` : shown;
}

/** Whether two reports say the same of a direction. */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  return trafficText(a) === trafficText(b);
}
