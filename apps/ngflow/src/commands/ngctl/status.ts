import { GENERIC } from "@ngflow/graph";
import { outJson, takeJson } from "./json.ts";
import { askText, showText } from "./text-message.ts";
import type { Verb } from "./verb.ts";

export const status: Verb = {
  name: "status",
  usage: "status <path>",
  summary: "Show the status text of a node.",
  help: "--json prints it as JSON: null if the node has none.",
  aliases: [],
  words: ["path"],
  async run(session, args) {
    const { json, rest } = takeJson(args);
    const [path] = rest;
    if (rest.length !== 1 || path === undefined) return "usage";
    if (json) outJson(session, { path, status: (await askText(session, path, GENERIC.textstatus)) ?? null });
    else await showText(session, "Status", path);
    return "ok";
  },
};
