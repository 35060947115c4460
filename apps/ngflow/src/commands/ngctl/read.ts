import { executeScript } from "./execute.ts";
import { textLines } from "./lines.ts";
import { type Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/** Most levels of files that read other files. */
const MAX_DEPTH = 16;
let depth = 0;

export const read: Verb = {
  name: "read",
  usage: "read <filename>",
  summary: "Run the commands of a file.",
  help: "Stops at the first command that fails. Lines that begin with # are comments.",
  aliases: ["source", "."],
  words: ["file"],
  async run(session, args) {
    const [file] = args;
    if (args.length !== 1 || file === undefined) return "usage";
    if (depth >= MAX_DEPTH) throw new CommandError(`${file}: Too many levels of files`);
    depth++;
    try {
      return await executeScript(session, textLines(session.files.readText(file)));
    } finally {
      depth--;
    }
  },
};
