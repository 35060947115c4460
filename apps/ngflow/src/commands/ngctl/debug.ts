import type { Verb } from "./verb.ts";

export const debug: Verb = {
  name: "debug",
  usage: "debug [level]",
  summary: "Show or set the debug level.",
  help: "Levels above 0 print every message that ngctl sends. + and - raise and lower the level by 1.",
  aliases: [],
  words: [],
  async run(session, args) {
    const [word] = args;
    if (args.length > 1) return "usage";
    if (word === undefined) {
      session.out(`Current debug level is ${session.debugLevel}\n`);
      return "ok";
    }
    const level =
      word === "+" ? session.debugLevel + 1 : word === "-" ? session.debugLevel - 1 : Number.parseInt(word, 10) || 0;
    if (level < 0) return "usage";
    session.debugLevel = level;
    return "ok";
  },
};
