import { showText } from "./text-message.ts";
import type { Verb } from "./verb.ts";

export const status: Verb = {
  name: "status",
  usage: "status <path>",
  summary: "Show the status text of a node.",
  help: "",
  aliases: [],
  words: ["path"],
  async run(session, args) {
    const [path] = args;
    if (args.length !== 1 || path === undefined) return "usage";
    await showText(session, "Status", path);
    return "ok";
  },
};
