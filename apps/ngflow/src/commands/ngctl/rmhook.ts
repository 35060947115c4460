import { GENERIC } from "@ngflow/graph";
import { cFields, NAME } from "./message.ts";
import type { Verb } from "./verb.ts";

export const rmhook: Verb = {
  name: "rmhook",
  usage: "rmhook [path] <hook>",
  summary: "Disconnect a hook of a node.",
  help: "Disconnects hook <hook> of the node at <path> (this ngctl by default). A hook that does not exist is not an error.",
  aliases: ["disconnect"],
  words: ["path?", "hook"],
  async run(session, args) {
    if (args.length < 1 || args.length > 2) return "usage";
    const [path, hook] = (args.length === 2 ? args : [".", ...args]) as [string, string];
    await session.send(path, GENERIC.rmhook, cFields([hook, NAME]));
    return "ok";
  },
};
