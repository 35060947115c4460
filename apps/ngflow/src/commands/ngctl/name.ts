import { GENERIC } from "@ngflow/graph";
import { cFields, NAME } from "./message.ts";
import type { Verb } from "./verb.ts";

export const name: Verb = {
  name: "name",
  usage: "name <path> <name>",
  summary: "Name a node.",
  help: "Names the node at <path>. Its previous name is free again.",
  aliases: [],
  words: ["path"],
  async run(session, args) {
    const [path, newName] = args;
    if (args.length !== 2 || path === undefined || newName === undefined) return "usage";
    await session.send(path, GENERIC.name, cFields([newName, NAME]));
    return "ok";
  },
};
