import { GENERIC } from "@ngflow/graph";
import type { Verb } from "./verb.ts";

export const shutdown: Verb = {
  name: "shutdown",
  usage: "shutdown <path>",
  summary: "Remove a node and its hooks.",
  help: "Shuts down the node at <path>. A node of an interface only loses its hooks.",
  aliases: ["kill", "rmnode"],
  words: ["path"],
  async run(session, args) {
    const [path] = args;
    if (args.length !== 1 || path === undefined) return "usage";
    await session.send(path, GENERIC.shutdown, undefined, "shutdown");
    return "ok";
  },
};
