import { NgflowError } from "@ngflow/base";
import type { Graph } from "@ngflow/graph";
import { listInterfaces, watchInterfaces } from "@ngflow/nodes";
import type { AttachedInterfaces } from "./demo-interface.ts";
import type { Logger } from "./log.ts";

/**
 * A node for every Ethernet interface of the machine, and for the named ones of other types (`lo`).
 *
 * @throws NgflowError when a named interface does not exist.
 */
export function attachMachine(graph: Graph, names: readonly string[], log: Logger): AttachedInterfaces {
  const present = listInterfaces().map((info) => info.name);
  for (const name of names) {
    if (present.includes(name)) continue;
    const list = present.length > 0 ? `there are ${present.join(", ")}` : "there is none";
    throw new NgflowError("no-such-interface", `--interface ${name}: no such interface; ${list}`, "os");
  }
  return watchInterfaces(graph, { names, log: (level, message) => log[level]({}, message) });
}
