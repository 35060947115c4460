import { readLines } from "@ngflow/plan";
import { askDaemon } from "../control/ask-daemon.ts";
import type { TransactionRequest, TransactionResult } from "../transaction/run-transaction.ts";
import { DaemonError } from "./errors.ts";
import { builderName } from "./graph-maker.ts";
import { printText } from "../output/print-text.ts";

/**
 * Applies ngctl lines to the graph of a daemon, all or none, and prints what they answer.
 * @throws NgflowError `graph-refused` with the line that failed and the reason.
 */
export async function buildGraph(lines: readonly string[], control: string): Promise<void> {
  const { commands } = readLines(lines.join("\n"));
  const request: TransactionRequest = { revision: null, name: builderName(process.pid), commands };
  const result = (await askDaemon(control, (client) => client.call("try", request))) as TransactionResult;
  if (result.outcome === "changed") throw new Error("a transaction without a revision was compared with one");
  printText(process.stdout, result.output);
  if (result.outcome === "done") return;
  const reason = result.error.split("\n")[0]!.replace(/^send msg: /, "");
  throw new DaemonError("graph-refused", `the graph refused "${commands[result.step - 1]!.text}": ${reason}`);
}
