import type { Finding, LeftBehind, Plan, PlanStep, RemoteShell } from "../dry-run/plan.ts";
import { directionText, partText, placeText, spreadText, trafficText } from "./sentences.ts";
import type { Cut, Traffic } from "../dry-run/traffic.ts";

/** For each interface, what happens to the connection of a user who works over it. */
export function remoteShells(interfaces: readonly string[], cuts: readonly Cut[], lastStep: number): RemoteShell[] {
  return interfaces.map((name) => {
    const own = cuts.filter((cut) => cut.interface === name);
    const lostAt = own.length === 0 ? null : Math.min(...own.map((cut) => cut.from));
    const backAt =
      own.some((cut) => cut.to === null) || own.length === 0 ? null : Math.max(...own.map((cut) => cut.to!));
    return {
      interface: name,
      // A cut that the last step brings still lets every line through that was to be typed.
      survivesTyping: lostAt === null,
      survivesFile: lostAt === null || (backAt !== null && backAt <= lastStep),
      lostAt,
      backAt,
    };
  });
}

/** The findings of a plan, the most important first. */
export function verdictOf(plan: Omit<Plan, "verdict">): Finding[] {
  const refused = plan.steps.filter((step) => step.outcome === "refused" && !step.mayFail);
  return [
    ...refused.flatMap((step) => refusalFindings(step, plan)),
    ...unclearFindings(plan),
    ...plan.cuts.map((cut) => cutFinding(cut)),
    ...(plan.cuts.length === 0 && plan.interfaces.length > 0 && plan.start.traffic.length > 0
      ? [info("No step cuts the network.")]
      : []),
    ...plan.remoteShell.map(shellFinding),
    ...countSentences(plan).map(info),
    ...trafficFindings(plan),
    ...plan.modules.flatMap(({ command, error }) => (error === null ? [] : [warning(`${command}: ${error}`)])),
    ...unprobedFindings(plan),
    ...chosenFindings(plan),
    ...(plan.interfaces.length === 0 && plan.steps.length > 0
      ? [info("The script touches no interface; name one with --interface.")]
      : []),
    ...(plan.steps.length === 0 ? [info(emptyText(plan))] : []),
  ];
}

const info = (text: string): Finding => ({ severity: "info", text });
const warning = (text: string): Finding => ({ severity: "warning", text });
const error = (text: string): Finding => ({ severity: "error", text });

function refusalFindings(step: PlanStep, plan: Omit<Plan, "verdict">): Finding[] {
  const why = step.why === null ? "" : ` (${step.why})`;
  const after = plan.steps.slice(step.number);
  const next = after.findIndex((each) => each.outcome !== "not reached");
  const lost = next < 0 ? after.length : next;
  const stops = lost === 0 ? "" : ` ngctl stops there: ${lost} later ${lost === 1 ? "step is" : "steps are"} not run.`;
  const { nodes, undo } = step.ifItFails;
  const left =
    nodes.length === 0 && step.ifItFails.cut.length === 0
      ? ""
      : ` Left behind: ${leftText(step.ifItFails)}; ${undoText(undo)}.`;
  const where = plan.style === "shell" ? ` (line ${step.line})` : "";
  return [error(`Step ${step.number}${where} would be refused: ${step.error}${why}.${stops}${left}`)];
}

/** What is not understood, each with its line, and the values that are missing. */
function unclearFindings({ steps, unclear, ended }: Omit<Plan, "verdict">): Finding[] {
  const needs = new Map<string, number>();
  for (const step of steps) for (const name of step.needs) if (!needs.has(name)) needs.set(name, step.line);
  const dependent = steps.filter((step) => step.outcome === "unclear");
  return [
    ...unclear.map(({ line, text, reason }) =>
      error(`Line ${line} is not understood: ${reason}${text === "" ? "" : `: ${text}`}.`),
    ),
    ...[...needs].map(([name, line]) => warning(needText(name, line))),
    ...(dependent.length === 0
      ? []
      : [
          error(
            `Not known, because it depends on that: ${dependent.map(({ number, line }) => `step ${number} (line ${line})`).join(", ")}.`,
          ),
        ]),
    ...(ended !== null && ended.status !== null && ended.status !== 0
      ? [error(`The script ends at line ${ended.line} with status ${ended.status}.`)]
      : []),
  ];
}

function needText(name: string, line: number): string {
  if (name.startsWith("$"))
    return `Line ${line} needs what only the machine knows: ${name}. Assign it to a variable to give it with --set.`;
  return `Line ${line} needs the value of $${name}: give it with --set ${name}=value.`;
}

/** What was chosen where only the machine knows, and what is therefore not run. */
function chosenFindings({ assumed, notRun }: Omit<Plan, "verdict">): Finding[] {
  const reasons = new Map<string, number[]>();
  for (const { line, reason } of notRun) reasons.set(reason, [...(reasons.get(reason) ?? []), line]);
  return [
    ...assumed.map(({ line, text, reason }) => info(`Line ${line}: ${text}: ${reason}.`)),
    ...[...reasons].map(([reason, lines]) =>
      info(`Not run: ngctl at ${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")}, because ${reason}.`),
    ),
  ];
}

function emptyText({ unclear, notRun }: Omit<Plan, "verdict">): string {
  if (notRun.length > 0) return "No command of ngctl is run.";
  return unclear.length > 0 ? "No command of ngctl is understood." : "The script has no command of ngctl.";
}

function undoText(undo: readonly string[]): string {
  return undo.length === 0 ? "too much to list how to undo it" : `undo with ${undo.join("; ")}`;
}

/** Nodes named in a sentence. */
const MAX_NAMED = 8;

/** What steps left behind, in a few words. */
export function leftText({ nodes, cut }: LeftBehind): string {
  const more =
    nodes.length > MAX_NAMED ? ` and ${nodes.length - MAX_NAMED}${nodes.length === 100 ? " or more" : " more"}` : "";
  const parts = [
    ...(nodes.length > 0 ? [nodes.slice(0, MAX_NAMED).join(", ") + more] : []),
    ...cut.map((each) => `${directionText(each.direction)} traffic of ${each.interface} cut`),
  ];
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

function cutFinding({ interface: name, direction, from, to }: Cut): Finding {
  const what = `${directionText(direction)} traffic of ${name}`;
  if (to === null) return error(`From step ${from} on, ${what} is cut, and no step restores it.`);
  return warning(`From step ${from} to step ${to}, ${what} is cut.`);
}

function shellFinding({ interface: name, survivesTyping, survivesFile, lostAt, backAt }: RemoteShell): Finding {
  if (survivesTyping) return info(`A remote shell over ${name} survives.`);
  if (!survivesFile) return error(`A remote shell over ${name} is lost at step ${lostAt}: use the console.`);
  return warning(
    `A remote shell over ${name} does not survive typing the steps one by one: the line after step ${lostAt} does not ` +
      `arrive. Run as one file the script reaches step ${backAt} by itself, and the shell survives.`,
  );
}

/** What else there is to say about the traffic in the end. */
function trafficFindings(plan: Omit<Plan, "verdict">): Finding[] {
  const last = lastState(plan);
  return (last?.traffic ?? []).flatMap((row) => {
    const what = `${directionText(row.direction)} traffic of ${row.interface}`;
    const copies = [...new Set(row.copied.map(placeText))];
    const more = copies.length > 4 ? ` and ${copies.length - 4} more` : "";
    return [
      ...(row.state === "partly"
        ? [
            warning(
              `In the end only part of the ${what} gets through: ${row.lossy ? partText(row) : row.passed.join(", ")}.`,
            ),
          ]
        : []),
      ...(row.spread.length > 0 && row.state === "flows"
        ? [info(`In the end all of the ${what} gets through, spread over ${spreadText(row)}.`)]
        : []),
      ...(row.looped ? [warning(`In the end ${what} goes round in a loop until the graph drops it.`)] : []),
      ...(copies.length > 0 ? [info(`In the end ${what} is copied to ${copies.slice(0, 4).join(", ")}${more}.`)] : []),
      ...(row.duplicated && !row.looped ? [warning(`In the end ${what} arrives more than once.`)] : []),
    ];
  });
}

function lastState(plan: Omit<Plan, "verdict">): Pick<PlanStep, "traffic"> | undefined {
  return plan.end ?? plan.steps.findLast((step) => step.outcome === "done");
}

function unprobedFindings(plan: Omit<Plan, "verdict">): Finding[] {
  const first = plan.steps.find((step) => !step.probed);
  if (first === undefined) return [];
  return [
    info(
      `From step ${first.number} on the graph is so large that traffic was tried after some steps only: ` +
        "a cut may begin or end up to that many steps earlier than reported.",
    ),
  ];
}

/** Which directions are counted in the end, and why one is not. */
function countSentences(plan: Omit<Plan, "verdict">): string[] {
  const last = lastState(plan);
  if (last === undefined) return [];
  const sentences: string[] = [];
  for (const name of plan.interfaces) {
    const rows = last.traffic.filter(
      (row) => row.interface === name && (row.state !== "cut" || row.counted.length === 0),
    );
    const counted = rows.filter((row) => row.counted.length > 0);
    const silent = rows.filter((row) => row.uncounted.length > 0);
    if (counted.length === 0 && silent.length === 0) continue;
    const nodes = [...new Set(rows.flatMap((row) => [...row.counted, ...row.uncounted]))];
    if (silent.length === 0) {
      const directions =
        counted.length === 2
          ? "Received and sent packets"
          : counted[0]!.direction === "in"
            ? "Received packets"
            : "Sent packets";
      sentences.push(`${directions} of ${name} are counted by ${nodes.join(", ")}.`);
      continue;
    }
    const what =
      counted.length === 0
        ? "No packets"
        : counted[0]!.direction === "in"
          ? "Only received packets"
          : "Only sent packets";
    sentences.push(`${what} of ${name} are counted by ${nodes.join(", ")}, ${reason(plan)}.`);
  }
  return sentences;
}

function reason(plan: Omit<Plan, "verdict">): string {
  const configured = plan.steps.some(
    (step) => step.outcome === "done" && /^(?:m\w*|cmd?)\s+\S+\s+setconfig\b/.test(step.command),
  );
  if (configured) return "as setconfig says";
  return "because no setconfig was sent (conf=3 counts both directions)";
}

/** A step's meaning for traffic: rows that differ from those before it. */
export function trafficChanges(before: readonly Traffic[], after: readonly Traffic[]): string[] {
  return after.flatMap((row) => {
    const old = before.find((each) => each.interface === row.interface && each.direction === row.direction);
    if (old !== undefined && trafficText(old) === trafficText(row)) return [];
    return [`${directionText(row.direction)} traffic of ${row.interface} ${trafficText(row)}`];
  });
}
