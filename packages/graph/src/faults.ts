import type { Log } from "@ngflow/base";
import { displayText } from "./byte-string.ts";
import { NgError } from "./ng-error.ts";
import type { Node } from "./node.ts";

/** Failures of node types that may not stop the graph: logged, and the operation goes on. */
export class Faults {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs a step whose refusal (NgError) means nothing and whose failure is logged. */
  attempt(node: Node | undefined, step: string, task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!(error instanceof NgError)) this.note(node, step, error);
    }
  }

  note(node: Node | undefined, step: string, error: unknown): void {
    const where = node === undefined ? "" : `${describeNode(node)}: `;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.error({}, `${where}${step} failed: ${reason}`);
  }
}

/** A node as log lines name it. */
function describeNode(node: Node): string {
  return `${node.name === null ? `[${node.id.toString(16)}]` : displayText(node.name)} (${node.type.name})`;
}

/** The graph's log with a node's name before each message. */
export function nodeLog(log: Log, node: Node): Log {
  const named =
    (level: keyof Log) =>
    (fields: object, message: string): void =>
      log[level](fields, `${describeNode(node)}: ${message}`);
  return { info: named("info"), warn: named("warn"), error: named("error") };
}
