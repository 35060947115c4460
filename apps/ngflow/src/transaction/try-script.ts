import { text } from "node:stream/consumers";
import { EXIT, NgflowError, RelayedError } from "@ngflow/base";
import { directionText, type Plan, type Script, type ScriptCommand, type Traffic } from "@ngflow/plan";
import { connectControl, type ControlClient } from "../control/client.ts";
import { ownControlPath } from "../control/path.ts";
import { ScriptError } from "../explain/errors.ts";
import { judge } from "../explain/judge.ts";
import { explainScript } from "../explain/explain-script.ts";
import { OWN_FILES } from "../commands/ngctl/files.ts";
import type { ProcessIo } from "../commands/process-io.ts";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { readForMachine } from "../explain/read-on-model.ts";
import type { GraphState } from "./graph-state.ts";
import { liveModel } from "./live-model.ts";
import type { TransactionRequest, TransactionResult } from "./run-transaction.ts";
import { printText } from "../output/print-text.ts";

export interface TryOptions {
  /** The daemon's socket; the default one if absent. */
  readonly control?: string;
  /** Name of the node that stands for ngctl. */
  readonly name?: string;
  /** Apply what the dry run would refuse because of a cut, or what it cannot model. */
  readonly force?: boolean;
}

/** How often a script is tried again because the graph changed between dry run and transaction. */
const MAX_ATTEMPTS = 5;
/** Largest script: the request must fit in a frame of the control socket. */
const MAX_SCRIPT = 16 * 1024;
const MAX_COMMANDS = 500;

/** Why a script is not applied. */
interface Refusal {
  readonly message: string;
  readonly exit: number;
}

/**
 * `ngctl -t FILE`: tries a script on a copy of the live graph, then applies all of it or nothing. Resolves to the exit
 * status.
 */
export async function tryScript(file: string, options: TryOptions, io: ProcessIo): Promise<number> {
  const warn = (message: string): void => printText(io.stderr, `ngctl: ${message}\n`);
  let client: ControlClient | undefined;
  try {
    const content = file === "-" ? await text(io.stdin) : OWN_FILES.readText(file);
    client = await connect(options);
    return await attempt(client, file, content, options, io, warn);
  } catch (error) {
    if (!(error instanceof NgflowError) && !(error instanceof CommandError)) throw error;
    warn(error.message);
    return error instanceof NgflowError ? error.exit : EXIT.noInput;
  } finally {
    await client?.close();
  }
}

/** Reads a script as it runs on a graph: conditions of a shell script turn out as they do there. */
async function parse(file: string, content: string, state: GraphState, ownName: string): Promise<Script> {
  const script = await readForMachine(content, () => liveModel(state), { ownName });
  const commands = script.commands.filter((command) => command.kind === "ngctl");
  if (content.length > MAX_SCRIPT || commands.length > MAX_COMMANDS) {
    throw new ScriptError(
      "script-too-long",
      `${file}: a transaction is limited to ${MAX_COMMANDS} commands and ${MAX_SCRIPT} characters; use -f`,
    );
  }
  return { ...script, commands };
}

async function connect(options: TryOptions): Promise<ControlClient> {
  try {
    return await connectControl(ownControlPath(options.control), { node: false });
  } catch (error) {
    if (error instanceof NgflowError)
      throw new RelayedError({ code: error.code, message: `can't create node: ${error.message}`, exit: EXIT.os });
    throw error;
  }
}

async function attempt(
  client: ControlClient,
  file: string,
  content: string,
  options: TryOptions,
  io: ProcessIo,
  warn: (message: string) => void,
): Promise<number> {
  const name = options.name ?? `ngctl${io.pid}`;
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const state = (await client.call("state")) as GraphState;
    const script = await parse(file, content, state, name);
    const tried = await dryRun(file, script, state, name, options.force === true);
    if (!Array.isArray(tried)) {
      warn(tried.message);
      warn("nothing was changed");
      return tried.exit;
    }
    const request: TransactionRequest = { revision: state.revision, name, commands: tried };
    const result = (await client.call("try", request)) as TransactionResult;
    if (result.outcome === "changed") continue;
    printText(io.stdout, result.output);
    if (result.outcome === "done") return EXIT.ok;
    warn(`${tried[result.step - 1]!.text}: ${result.error}`);
    warn(`line ${tried[result.step - 1]!.line}: error in file`);
    if (result.beyond.length === 0) warn("undone: the graph is as it was");
    else warn(`undone, except: ${result.beyond.join("; ")}`);
    return EXIT.os;
  }
  warn(`the graph changed ${MAX_ATTEMPTS} times while the script was tried; nothing was changed`);
  return EXIT.os;
}

/**
 * Tries the script on a copy of the graph. Returns why it must not be applied, or the commands to apply: all but those
 * that are refused, as the script expects.
 */
async function dryRun(
  file: string,
  script: Script,
  state: GraphState,
  name: string,
  force: boolean,
): Promise<Refusal | ScriptCommand[]> {
  const [unclear] = script.unclear;
  if (unclear !== undefined)
    return { message: `line ${unclear.line} is not understood: ${unclear.reason}: ${unclear.text}`, exit: EXIT.data };
  let plan: Plan;
  try {
    plan = await explainScript(script, { name: file, interfaces: [], machine: () => liveModel(state), ownName: name });
  } catch (error) {
    if (error instanceof NgflowError && error.code === "model-lacks-type" && force) return [...script.commands];
    throw error;
  }
  const refused = plan.steps.find(
    ({ outcome, mayFail }) => outcome === "unclear" || (outcome === "refused" && !mayFail),
  );
  if (refused !== undefined) {
    const why = refused.why === null ? "" : ` (${refused.why})`;
    return { message: `line ${refused.line}: ${refused.command}: ${refused.error}${why}`, exit: EXIT.os };
  }
  if (judge(plan) !== "ok")
    return {
      message: `line ${plan.ended?.line}: the script ends there with status ${plan.ended?.status}`,
      exit: EXIT.os,
    };
  const left = newlyCut(plan);
  if (left.length === 0 || force) return script.commands.filter((_, i) => plan.steps[i]!.outcome !== "refused");
  const what = left.map((row) => `${directionText(row.direction)} traffic of ${row.interface}`).join(" and ");
  return { message: `${file} would leave ${what} cut; use --force to apply it anyway`, exit: EXIT.failed };
}

/** Directions that flow before a script and are cut after it. */
function newlyCut(plan: Plan): Traffic[] {
  const after = (plan.end ?? plan.steps.at(-1))?.traffic ?? [];
  return after.filter((row) => {
    const before = plan.start.traffic.find(
      (each) => each.interface === row.interface && each.direction === row.direction,
    );
    return row.state === "cut" && before?.state !== "cut";
  });
}
