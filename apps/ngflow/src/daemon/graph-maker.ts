import type { GraphMaker } from "../control/refusal-reason.ts";
import { parentPid } from "./parent.ts";

/** Name of the node that stands for `ngflow up` or `ngflow demo` while it builds the graph. */
export function builderName(pid: number): string {
  return `ngctl${pid}`;
}

/** The command that started this graph daemon and builds its graph; undefined if a person or a service manager did. */
export function graphMaker(mode: "up" | "demo"): GraphMaker | undefined {
  const pid = parentPid();
  return pid === undefined ? undefined : { sender: builderName(pid), command: `ngflow ${mode}` };
}
