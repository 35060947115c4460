import { wrapText } from "../../output/wrap-text.ts";
import { findVerb } from "./find-verb.ts";
import type { NgctlSession, Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/** Width of the description that `help <command>` prints. */
const WIDTH = 64;

export const help: Verb = {
  name: "help",
  usage: "help [command]",
  summary: "List the commands, or explain one.",
  help: "The full name of a loaded node type explains that type: its hooks, messages and counters.",
  aliases: ["?"],
  words: ["command"],
  async run(session, args) {
    const [word] = args;
    if (word === undefined) {
      session.out("Available commands:\n");
      for (const verb of session.verbs) session.out(`  ${verb.name.padEnd(10)} ${verb.summary}\n`);
      return "ok";
    }
    const type = await typeText(session, word);
    try {
      session.out(describe(findVerb(session.verbs, word)));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (type === null) session.warn(error.message);
    }
    if (type !== null) session.out(type);
    return "ok";
  },
};

/** The daemon's description of a node type; null without such a type or without a daemon. */
async function typeText(session: NgctlSession, name: string): Promise<string | null> {
  try {
    return (await session.client.call("typetext", name)) as string | null;
  } catch {
    return null;
  }
}

function describe(verb: Verb): string {
  const lines = [`${"usage:".padEnd(10)}${verb.usage}`];
  if (verb.aliases.length > 0) lines.push(`${"Aliases:".padEnd(10)}${verb.aliases.join(", ")}`);
  lines.push(`${"Summary:".padEnd(10)}${verb.summary}`);
  if (verb.help !== "") lines.push("Description:", ...wrapText(verb.help, WIDTH).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}
