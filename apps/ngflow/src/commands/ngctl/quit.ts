import type { Verb } from "./verb.ts";

export const quit: Verb = {
  name: "quit",
  usage: "quit",
  summary: "Leave ngctl.",
  help: "",
  aliases: ["exit"],
  words: [],
  run: async () => "quit",
};
