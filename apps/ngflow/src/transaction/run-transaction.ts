import { type Graph, type Journal, type Node, NgError, type Structure, structureFrom, undoOf } from "@ngflow/graph";
import { type ScriptCommand } from "@ngflow/plan";
import { type CommandResult, ScriptRunner } from "../explain/script-runner.ts";
import { labelOf, restoreSettings, type Setting, settingsOf } from "./setting.ts";
import { NO_FILES } from "./no-files.ts";

/** A script to apply. */
export interface TransactionRequest {
  /** Revision of the graph that the script was tried against; null for any. */
  readonly revision: number | null;
  /** Name of the node that stands for ngctl during the transaction. */
  readonly name: string;
  readonly commands: readonly ScriptCommand[];
}

/** Outcome of a transaction. */
export type TransactionResult =
  | { readonly outcome: "done"; readonly output: string }
  /** Nothing was done: the graph is not the one that the script was tried against. */
  | { readonly outcome: "changed" }
  | {
      readonly outcome: "undone";
      readonly output: string;
      /** The step that failed, from 1, and ngctl's error. */
      readonly step: number;
      readonly error: string;
      /** What could not be restored; empty if the graph is as it was. */
      readonly beyond: readonly string[];
    };

/** Most characters of all output together. */
const MAX_OUTPUT = 1024 * 1024;

/**
 * Applies a script to a live graph, all of it or nothing. The transaction runs in one turn of the event loop: no packet
 * and no other client comes between its steps, so that what is cut in one step and restored in a later one loses
 * nothing.
 */
export async function runTransaction(graph: Graph, request: TransactionRequest): Promise<TransactionResult> {
  if (request.revision !== null && graph.revision !== request.revision) return { outcome: "changed" };
  const journal = graph.journal();
  try {
    return await apply(graph, request, journal);
  } finally {
    journal.end();
  }
}

async function apply(graph: Graph, request: TransactionRequest, journal: Journal): Promise<TransactionResult> {
  const lost = new Map<string, Node>();
  const runner = new ScriptRunner(graph, NO_FILES, request.name);
  let output = "";
  for (const [i, command] of request.commands.entries()) {
    const loss = lossOf(graph, command.words);
    const result: CommandResult = await runner.run(command);
    if (loss !== undefined && result.ok) lost.set(...loss);
    output = (output + result.output).slice(0, MAX_OUTPUT);
    if (result.ok) {
      if (result.quit) break;
      continue;
    }
    await runner.closeAll();
    const beyond = await undo(graph, journal);
    const unknown = [...lost].filter(([, { valid }]) => valid).map(([text]) => text);
    return { outcome: "undone", output, step: i + 1, error: result.error ?? "failed", beyond: [...beyond, ...unknown] };
  }
  await runner.closeAll();
  return { outcome: "done", output };
}

/** What no undo restores of a message, in words, with its node: what it clears, or sets where no setting is listed. */
function lossOf(graph: Graph, [verb, path, command]: readonly string[]): [text: string, node: Node] | undefined {
  if (verb !== "msg" || path === undefined) return undefined;
  try {
    const node = graph.resolve(undefined, path);
    const row = node.type.messages.find(({ name }) => name === command);
    if (row?.clears !== undefined) return [`node ${labelOf(node)} has lost its ${row.clears}`, node];
    return row !== undefined && node.behaviour.settings === undefined ? [silentText(node), node] : undefined;
  } catch (error) {
    if (!(error instanceof NgError)) throw error;
    return undefined;
  }
}

function silentText(node: Node): string {
  return `node ${labelOf(node)} keeps what messages set: its type ${node.type.name} does not list its settings`;
}

/** Restores what a transaction touched: structure and settings. Returns the differences that remain. */
async function undo(graph: Graph, journal: Journal): Promise<string[]> {
  const settings = settingsBefore(journal);
  const types = new Map(graph.types().map(({ type }) => [type.name, type]));
  const remade = new Map<number, number>();
  let beyond: readonly string[] = [];
  // A node whose only hook was moved shuts down while the hook is moved back. The second round makes it again.
  for (let i = 0; i < 2; i++) {
    const { before, now } = journal.structures();
    const plan = undoOf(renumbered(before, remade), now, (type) => types.get(type));
    beyond = plan.beyond;
    if (plan.commands.length === 0) break;
    const runner = new ScriptRunner(graph, NO_FILES, "");
    for (const words of plan.commands) {
      await runner.run({ line: 0, text: words.join(" "), words, kind: "ngctl", session: 1, stopsAtFailure: false });
    }
    await runner.closeAll();
    for (const [id, now] of remadeIds(graph, plan.remade)) remade.set(id, now);
  }
  const wanted = settings.map((setting) => ({ ...setting, nodeId: remade.get(setting.nodeId) ?? setting.nodeId }));
  const { before, now } = journal.structures();
  const touched = [...now.keys()].flatMap((id) => graph.node(id) ?? []);
  const differing = restoreSettings(graph, touched, wanted);
  return [...beyond, ...differences(before, now, remade), ...differing];
}

function settingsBefore(journal: Journal): Setting[] {
  return [...journal.settings()].flatMap(([id, settings]) => settingsOf(id, settings, { local: true }));
}

/** A structure with the ids that its nodes have since they were made again. */
function renumbered(structure: Structure, remade: ReadonlyMap<number, number>): Structure {
  if (remade.size === 0) return structure;
  const now = (id: number): number => remade.get(id) ?? id;
  return structureFrom(
    [...structure.values()].map((node) => ({
      ...node,
      id: now(node.id),
      hooks: node.hooks.map((hook) => ({ ...hook, peerId: now(hook.peerId) })),
    })),
  );
}

/** Ids of nodes that were made again, by the ids that they had. */
function remadeIds(graph: Graph, addresses: ReadonlyMap<number, string>): Map<number, number> {
  const ids = new Map<number, number>();
  for (const [id, address] of addresses) {
    try {
      ids.set(id, graph.resolve(undefined, address).id);
    } catch (error) {
      if (!(error instanceof NgError)) throw error;
    }
  }
  return ids;
}

/** Differences of a structure from an earlier one, apart from the ids of nodes that were made again. */
function differences(before: Structure, now: Structure, remade: ReadonlyMap<number, number>): string[] {
  const found: string[] = [];
  const idNow = (id: number): number => remade.get(id) ?? id;
  const expected = new Set<number>();
  for (const node of before.values()) {
    const label = labelOf(node);
    expected.add(idNow(node.id));
    const same = now.get(idNow(node.id));
    if (same === undefined || same.type !== node.type) {
      found.push(`node ${label} of type ${node.type} is gone`);
      continue;
    }
    for (const hook of node.hooks) {
      const there = same.hooks.some(
        ({ name, peerId, peerHook }) =>
          name === hook.name && peerId === idNow(hook.peerId) && peerHook === hook.peerHook,
      );
      if (!there) found.push(`${label}:${hook.name} is not connected as it was`);
    }
    if (same.hooks.length > node.hooks.length) found.push(`${label} has hooks that it did not have`);
    if (remade.has(node.id))
      found.push(`node ${label} is a new one: its id, counters and contents are not those it had`);
  }
  for (const node of now.values()) {
    if (!expected.has(node.id)) found.push(`node ${labelOf(node)} of type ${node.type} is still there`);
  }
  return found;
}
