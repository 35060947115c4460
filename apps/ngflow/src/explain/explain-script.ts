import {
  ChangeTracker,
  type GraphChange,
  type Node,
  NgError,
  type Structure,
  structureOf,
  undoOf,
} from "@ngflow/graph";
import {
  findCuts,
  type LeftBehind,
  type ModuleLine,
  type Plan,
  type PlanState,
  type PlanStep,
  Prober,
  remoteShells,
  type Script,
  type ScriptCommand,
  takePicture,
  type Traffic,
  verdictOf,
  whyRefused,
} from "@ngflow/plan";
import type { Files } from "../commands/ngctl/files.ts";
import { FREEBSD_TYPES } from "./freebsd-types.ts";
import { HARMLESS_FILES } from "./harmless-files.ts";
import { Model } from "./model-machine.ts";
import { type CommandResult, ScriptRunner } from "./script-runner.ts";

/** Most changes listed with a step. */
const MAX_CHANGES = 100;
/** Most commands run to find out which step needs which, by leaving out each step once. */
const MAX_RERUNS = 20_000;
/** Most characters of an error: files that read other files repeat theirs. */
const MAX_ERROR = 300;
/** Deliveries that probes may cause. Above it, probes are sent after fewer and fewer steps. */
const MAX_PROBE_WORK = 5_000_000;
/** Most undo commands listed with a step, and the largest graph for which they are computed. */
const MAX_UNDO = 100;

export interface ExplainOptions {
  /** Name of the script for the report. */
  readonly name: string;
  readonly interfaces: readonly string[];
  /** Makes a new machine for every run. */
  readonly machine?: () => Model;
  /** Name of the node that stands for ngctl. */
  readonly ownName?: string;
  /** Files that the script may read; those of the machine by default. */
  readonly files?: Files;
}

/** Runs a script on a model, and finds out what happens if steps fail or are left out. */
export async function explainScript(script: Script, options: ExplainOptions): Promise<Plan> {
  const machine =
    options.machine ?? (() => new Model({ interfaces: options.interfaces, listsInOrder: script.style === "shell" }));
  const runner: NewRunner = (model) => new ScriptRunner(model.graph, options.files ?? HARMLESS_FILES, options.ownName);
  const run = new PlanRun(script, machine(), runner);
  const { start, steps, end, modules } = await run.run();
  const neededBy = await dependencies(script, steps, machine, runner);
  const complete = steps.map((step, i) => ({ ...step, neededBy: neededBy === null ? null : neededBy[i]! }));
  const after = [start.traffic, ...steps.map((step) => step.traffic), ...(end === null ? [] : [end.traffic])];
  const cuts = findCuts(after);
  const plan = {
    script: options.name,
    style: script.style,
    interfaces: options.interfaces,
    start,
    steps: complete,
    end,
    cuts,
    modules,
    ignored: script.ignored,
    assumed: script.assumed,
    unclear: script.unclear,
    notRun: script.notRun,
    ended: script.ended,
    remoteShell: remoteShells(options.interfaces, cuts, steps.length),
  };
  return { ...plan, verdict: verdictOf(plan) };
}

/** Makes what runs the commands on a machine. */
type NewRunner = (machine: Model) => ScriptRunner;
type RunStep = Omit<PlanStep, "neededBy">;

/** One run of a script on a machine, inspected after every step. */
class PlanRun {
  readonly #script: Script;
  readonly #machine: Model;
  readonly #runner: ScriptRunner;
  readonly #prober: Prober;
  readonly #hidden = (node: Node): boolean => this.#runner.ownNodes().includes(node.id);
  readonly #interfaceNodes: ReadonlySet<Node>;
  readonly #before: Structure;
  readonly #stepCount: number;
  #nextProbe = 0;
  #lastPicture: PlanState["picture"] = null;
  readonly #namedAt: ReadonlyMap<string, number>;

  constructor(script: Script, machine: Model, runner: NewRunner) {
    this.#script = script;
    this.#machine = machine;
    this.#runner = runner(machine);
    this.#prober = new Prober(machine);
    this.#interfaceNodes = new Set(machine.interfaces.map((each) => each.node));
    this.#before = structureOf(machine.graph);
    const steps = script.commands.filter((command) => command.kind === "ngctl");
    this.#stepCount = steps.length;
    this.#namedAt = new Map(
      steps.flatMap(({ words }, i) =>
        words.length === 3 && "name".startsWith(words[0]!) ? [[words[2]!, i + 1] as const] : [],
      ),
    );
  }

  async run(): Promise<{ start: PlanState; steps: RunStep[]; end: Plan["end"]; modules: ModuleLine[] }> {
    const tracker = new ChangeTracker(this.#machine.graph, this.#hidden);
    const start: PlanState = { traffic: this.#prober.probe(), picture: this.#picture([]) };
    this.#lastPicture = start.picture;
    const steps: RunStep[] = [];
    const modules: ModuleLine[] = [];
    const ended = new Set<number>();
    /** A step, or a part of the script before it, was not understood. */
    let open = this.#script.unclear.length > 0;
    let traffic = start.traffic;
    let left: LeftBehind = { nodes: [], cut: cutsOf(traffic), undo: [] };
    for (const [i, command] of this.#script.commands.entries()) {
      if (command.kind === "module") {
        modules.push(...this.#loadModules(command));
        continue;
      }
      const number = steps.length + 1;
      const { mayFail = false, needs = [] } = command;
      const common = { number, line: command.line, command: command.text, mayFail, needs, ifItFails: left };
      if (ended.has(command.session)) {
        const picture = this.#picture([]);
        steps.push({ ...common, ...NOT_REACHED, traffic, picture });
        continue;
      }
      const from = this.#machine.graph.node(await this.#runner.open(command));
      const receiver = this.#receiverOf(command, from);
      const result = await this.#runner.run(command);
      // What a value would have made of the graph is not known, nor what depends on it.
      const unclear = !result.ok && (needs.length > 0 || (open && !mayFail));
      open ||= unclear;
      const why = result.ok ? null : this.#why(command, result, from, number);
      if ((!result.ok && !unclear && command.stopsAtFailure) || result.quit) ended.add(command.session);
      if (this.#isLastOf(i)) if (this.#script.style === "shell") await this.#runner.close(command.session);
      const changes = tracker.changes();
      let probed = true;
      if (changes.length > 0 || result.verb === "msg" || result.verb === "write") {
        probed = this.#mayProbe(number);
        if (probed) traffic = this.#prober.probe();
      }
      steps.push({
        ...common,
        outcome: result.ok ? "done" : unclear ? "unclear" : "refused",
        error: result.ok ? null : (result.error ?? "failed").slice(0, MAX_ERROR),
        errno: result.errno,
        why,
        changes: changes.slice(0, MAX_CHANGES),
        moreChanges: Math.max(0, changes.length - MAX_CHANGES),
        output: result.output,
        probed,
        traffic,
        picture: this.#picture(changes, result.ok ? receiver : undefined),
      });
      if (changes.length > 0) left = this.#leftBehind(traffic);
    }
    await this.#runner.closeAll();
    const changes = tracker.changes();
    const end =
      changes.length === 0
        ? null
        : { changes: changes.slice(0, MAX_CHANGES), traffic: this.#prober.probe(), picture: this.#picture(changes) };
    return { start, steps, end, modules };
  }

  /**
   * Probes are sent after every step until they have cost too much; from then on after fewer steps and after the last.
   */
  #mayProbe(number: number): boolean {
    if (this.#prober.work < MAX_PROBE_WORK || number === this.#stepCount) return true;
    if (number < this.#nextProbe) return false;
    this.#nextProbe = Math.ceil(number * 1.25);
    return true;
  }

  /** Whether no later command belongs to the same ngctl. */
  #isLastOf(at: number): boolean {
    const { commands } = this.#script;
    const { session } = commands[at]!;
    for (let i = at + 1; i < commands.length; i++)
      if (commands[i]!.session === session && commands[i]!.kind === "ngctl") return false;
    return true;
  }

  #picture(changes: readonly GraphChange[], messaged?: number): PlanState["picture"] {
    const machine = this.#machine;
    const hidden = this.#hidden;
    const interfaces = this.#interfaceNodes;
    const context = { hidden, interfaces, targetOf: (node: Node) => machine.targetOf(node) };
    this.#lastPicture = takePicture(machine.graph, changes, context, this.#lastPicture, messaged);
    return this.#lastPicture;
  }

  /** The node that a `msg` command is about to reach. */
  #receiverOf({ words }: ScriptCommand, from: Node | undefined): number | undefined {
    if (words.length < 3 || !("msg".startsWith(words[0]!) || "cmd".startsWith(words[0]!))) return undefined;
    try {
      return this.#machine.graph.resolve(from, words[1]!).id;
    } catch (error) {
      if (error instanceof NgError) return undefined;
      throw error;
    }
  }

  #why(command: ScriptCommand, result: CommandResult, from: Node | undefined, number: number): string | null {
    if (result.verb === undefined) return null;
    const [, ...args] = command.words;
    return whyRefused({
      machine: this.#machine,
      from,
      verb: result.verb,
      args,
      errno: result.errno,
      namedAt: this.#namedAt,
      number,
      mayFail: command.mayFail === true,
    });
  }

  #leftBehind(traffic: readonly Traffic[]): LeftBehind {
    const nodes: string[] = [];
    for (const node of this.#machine.graph.nodes()) {
      if (nodes.length >= MAX_CHANGES) break;
      if (!this.#before.has(node.id) && !this.#hidden(node))
        nodes.push(`${node.name ?? `[${node.id.toString(16)}]`} (${node.type.name})`);
    }
    return { nodes, cut: cutsOf(traffic), undo: nodes.length >= MAX_CHANGES ? [] : this.#undo() };
  }

  #undo(): string[] {
    const { graph } = this.#machine;
    const types = new Map(graph.types().map(({ type }) => [type.name, type]));
    const { commands } = undoOf(this.#before, structureOf(graph, this.#hidden), (type) => types.get(type));
    return commands.slice(0, MAX_UNDO).map((words) => words.join(" "));
  }

  #loadModules({ line, words }: ScriptCommand): ModuleLine[] {
    const [program, ...modules] = words;
    return modules.map((name) => ({
      line,
      command: `${program} ${name}`,
      error: this.#loadModule(program!, name.replace(/\.ko$/, "")),
    }));
  }

  #loadModule(program: string, name: string): string | null {
    const { graph } = this.#machine;
    const known = name === "netgraph" || graph.modules().some((module) => module.name === name);
    if (!known) {
      if (FREEBSD_TYPES.has(name.replace(/^ng_/, ""))) return "FreeBSD has this module, ngflow does not";
      return name.startsWith("ng_") ? "no such module" : null;
    }
    if (program === "kldload" || name === "netgraph") return null;
    try {
      graph.unloadModule(name);
      return null;
    } catch (error) {
      if (error instanceof NgError) return error.message;
      throw error;
    }
  }
}

const NOT_REACHED = {
  probed: true,
  outcome: "not reached",
  error: null,
  errno: null,
  why: null,
  changes: [],
  moreChanges: 0,
  output: "",
} as const;

function cutsOf(traffic: readonly Traffic[]): LeftBehind["cut"] {
  return traffic.flatMap((row) =>
    row.state === "cut" ? [{ interface: row.interface, direction: row.direction }] : [],
  );
}

/**
 * For every step the later ones that are refused without it, found by leaving it out; null when that takes too long.
 */
async function dependencies(
  script: Script,
  steps: readonly RunStep[],
  machine: () => Model,
  newRunner: NewRunner,
): Promise<readonly (readonly number[])[] | null> {
  if (steps.length * steps.length > MAX_RERUNS) return null;
  const commands = script.commands.filter((command) => command.kind === "ngctl");
  const needed: number[][] = [];
  for (const [i, step] of steps.entries()) {
    if (step.outcome !== "done" || step.changes.length === 0) {
      needed.push([]);
      continue;
    }
    const runner = newRunner(machine());
    const failed: number[] = [];
    for (const [j, command] of commands.entries()) {
      if (j !== i && steps[j]!.outcome === "done" && !(await runner.run(command)).ok) failed.push(j + 1);
      if (script.style === "shell" && commands[j + 1]?.session !== command.session) await runner.close(command.session);
    }
    await runner.closeAll();
    needed.push(failed);
  }
  return needed;
}
