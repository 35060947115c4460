import { GENERIC } from "@ngflow/graph";
import { cFields, NAME } from "./message.ts";
import type { Verb } from "./verb.ts";

export const mkpeer: Verb = {
  name: "mkpeer",
  usage: "mkpeer [path] <type> <hook> <peerhook>",
  summary: "Make a new node and connect it to an existing one.",
  help:
    "Makes a node of type <type> and connects its hook <peerhook> to hook <hook> of the node at <path> (this ngctl by " +
    "default).",
  aliases: [],
  words: ["path?", "type", "hook", "peerhook"],
  async run(session, args) {
    if (args.length < 3 || args.length > 4) return "usage";
    const [path, type, hook, peerhook] = (args.length === 4 ? args : [".", ...args]) as [
      string,
      string,
      string,
      string,
    ];
    await session.send(path, GENERIC.mkpeer, cFields([type, NAME], [hook, NAME], [peerhook, NAME]));
    const advice = await session.advice(type);
    if (advice !== undefined) session.remark(advice);
    return "ok";
  },
};
