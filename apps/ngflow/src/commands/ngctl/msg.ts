import { strerror } from "@ngflow/base";
import { type Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

export const msg: Verb = {
  name: "msg",
  usage: "msg path command [args ... ]",
  summary: "Send a control message to a node.",
  help:
    "Sends the message <command> of the node's type, or a generic one, to the node at <path>, and prints the reply. " +
    "Arguments are text in the form { field=value ... }, [ value ... ], a number, an address or a quoted string, as the " +
    "message asks for.",
  aliases: ["cmd"],
  words: ["path", "message"],
  async run(session, args) {
    const [path, command, ...rest] = args;
    if (path === undefined || command === undefined) return "usage";
    session.debug(1, `sending "${command}" to "${path}"`);
    // As libnetgraph's NgSendAsciiMsg: all words make one text, and its first word is the command. Shell scripts quote
    // the command together with its arguments.
    const [, name = "", text = ""] = /^\s*(\S*)\s*([^]*)$/.exec([command, ...rest].join(" "))!;
    const { errno } = await session.client.sendAscii(path, name, text);
    if (errno !== 0) throw new CommandError(`send msg: ${strerror(errno)}`, { errno });
    await session.showArrivals("one message");
    return "ok";
  },
};
