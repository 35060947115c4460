import { E, ERRNO } from "@ngflow/base";
import { type Graph } from "@ngflow/graph";
import { type ScriptCommand } from "@ngflow/plan";
import { execute } from "../commands/ngctl/execute.ts";
import { findVerb } from "../commands/ngctl/find-verb.ts";
import type { Files } from "../commands/ngctl/files.ts";
import { Session } from "../commands/ngctl/session.ts";
import { VERBS } from "../commands/ngctl/verbs.ts";
import { localClient } from "./local-client.ts";

/** How one command ended. */
export interface CommandResult {
  readonly ok: boolean;
  /** The script's process ends here: `quit`. */
  readonly quit: boolean;
  /** What ngctl printed on standard error, without its name; null when nothing. */
  readonly error: string | null;
  readonly errno: number | null;
  readonly output: string;
  /** Full name of the verb; undefined when there is no such verb. */
  readonly verb: string | undefined;
}

/** Most characters kept of one command's output. */
const MAX_OUTPUT = 65_536;

const ERRNO_BY_TEXT: ReadonlyMap<string, number> = new Map(Object.values(ERRNO).map((row) => [row[1], row[0]]));

/**
 * Runs commands with ngctl's own verbs on a graph of this process, one ngctl with its node for each session of the
 * script.
 */
export class ScriptRunner {
  readonly #graph: Graph;
  readonly #files: Files;
  readonly #name: string;
  readonly #sessions = new Map<number, { session: Session; nodeId: number }>();
  #out = "";
  #err = "";

  /**
   * @param files that the verbs may use.
   * @param name of the first ngctl's node; empty for nodes without names.
   */
  constructor(graph: Graph, files: Files, name = "ngctl") {
    this.#graph = graph;
    this.#files = files;
    this.#name = name;
  }

  /** Ids of the nodes that stand for the running ngctls. */
  ownNodes(): number[] {
    return [...this.#sessions.values()].map(({ nodeId }) => nodeId);
  }

  /** Opens the session of a command before its effects are inspected. Returns the id of its node. */
  async open({ session: key, nodeName }: Pick<ScriptCommand, "session" | "nodeName">): Promise<number> {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known.nodeId;
    const name = nodeName ?? (this.#sessions.size === 0 || this.#name === "" ? this.#name : `${this.#name}-${key}`);
    const session = await Session.open({
      path: "",
      name,
      verbs: VERBS,
      files: this.#files,
      output: {
        out: (text) => void (this.#out = bounded(this.#out, text)),
        err: (text) => void (this.#err = bounded(this.#err, text)),
      },
      debugLevel: 0,
      connect: (_path, { name: node = "", onMessage, onData }) =>
        Promise.resolve(
          localClient(this.#graph, node, {
            onMessage: (from, message) => onMessage?.(from, message),
            onData: (hook, packet) => onData?.(hook, packet),
          }),
        ),
    });
    const { nodeId } = session.client;
    this.#sessions.set(key, { session, nodeId });
    return nodeId;
  }

  async run(command: ScriptCommand): Promise<CommandResult> {
    await this.open(command);
    const { session } = this.#sessions.get(command.session)!;
    this.#out = "";
    this.#err = "";
    const outcome = await execute(session, command.words);
    const error =
      this.#err === ""
        ? null
        : this.#err
            .trimEnd()
            .replace(/^ngctl: /, "")
            .split("\nngctl: ")
            .join("; ");
    const errno = outcome === "failed" ? (ERRNO_BY_TEXT.get(error?.split(": ").at(-1) ?? "") ?? null) : null;
    return {
      // A connection that is being made was not refused.
      ok: outcome === "ok" || outcome === "quit" || errno === E.EINPROGRESS,
      quit: outcome === "quit",
      error,
      errno,
      output: this.#out,
      verb: verbName(command.words[0]!),
    };
  }

  async close(key: number): Promise<void> {
    await this.#sessions.get(key)?.session.close();
    this.#sessions.delete(key);
  }

  async closeAll(): Promise<void> {
    for (const key of [...this.#sessions.keys()]) await this.close(key);
  }
}

function bounded(text: string, more: string): string {
  return text.length >= MAX_OUTPUT ? text : (text + more).slice(0, MAX_OUTPUT);
}

function verbName(word: string): string | undefined {
  try {
    return findVerb(VERBS, word).name;
  } catch {
    return undefined;
  }
}
