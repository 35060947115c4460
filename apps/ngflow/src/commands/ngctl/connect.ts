import { GENERIC } from "@ngflow/graph";
import { cFields, NAME, PATH } from "./message.ts";
import type { Verb } from "./verb.ts";

export const connect: Verb = {
  name: "connect",
  usage: "connect [path] <relpath> <hook> <peerhook>",
  summary: "Connect two existing nodes.",
  help:
    "Connects hook <hook> of the node at <path> (this ngctl by default) to hook <peerhook> of the node at <relpath>, " +
    "which is looked up from the node at <path>.",
  aliases: ["join"],
  words: ["path?", "relpath", "hook", "peerhook"],
  async run(session, args) {
    if (args.length < 3 || args.length > 4) return "usage";
    const [path, relpath, hook, peerhook] = (args.length === 4 ? args : [".", ...args]) as [
      string,
      string,
      string,
      string,
    ];
    await session.send(path, GENERIC.connect, cFields([relpath, PATH], [hook, NAME], [peerhook, NAME]));
    return "ok";
  },
};
