import { decodeNodeList, GENERIC } from "@ngflow/graph";
import { takeFlags } from "./flags.ts";
import { nodeRow, showNode } from "./show.ts";
import type { Verb } from "./verb.ts";

export const list: Verb = {
  name: "list",
  usage: "list [-ln]",
  summary: "List the nodes.",
  help: "Lists all nodes, including that of this ngctl. -n lists only nodes with a name. -l lists the hooks too.",
  aliases: ["ls"],
  words: [],
  async run(session, args) {
    const { flags, rest } = takeFlags(args, "ln");
    if (flags === undefined || rest.length > 0) return "usage";
    const named = flags.has("n");
    const nodes = decodeNodeList(await session.ask(".", named ? GENERIC.listnames : GENERIC.listnodes));
    session.out(`There are ${nodes.length} total ${named ? "named " : ""}nodes:\n`);
    for (const [i, node] of nodes.entries()) {
      if (!flags.has("l")) {
        session.out(nodeRow(node));
        continue;
      }
      await showNode(session, `[${node.id.toString(16)}]:`, false);
      if (i < nodes.length - 1) session.out("\n");
    }
    return "ok";
  },
};
