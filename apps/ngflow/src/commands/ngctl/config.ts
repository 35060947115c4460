import { cFields } from "./message.ts";
import { showText } from "./text-message.ts";
import type { Verb } from "./verb.ts";

export const config: Verb = {
  name: "config",
  usage: "config <path> [arguments]",
  summary: "Show or set a node's configuration text.",
  help: "",
  aliases: [],
  words: ["path"],
  async run(session, args) {
    const [path, ...rest] = args;
    if (path === undefined) return "usage";
    const text = rest.join(" ");
    const bytes = rest.length === 0 ? undefined : cFields([text, Buffer.byteLength(text) + 1]);
    await showText(session, "Config", path, bytes);
    return "ok";
  },
};
