import { decodeNodeList, GENERIC } from "@ngflow/graph";
import { takeFlags } from "./flags.ts";
import { hookLists } from "./hook-lists.ts";
import { linksJson, nodeJson, outJson, takeJson } from "./json.ts";
import { nodeRow, showHooks } from "./show.ts";
import type { Verb } from "./verb.ts";

export const list: Verb = {
  name: "list",
  usage: "list [-ln]",
  summary: "List the nodes.",
  help: "Lists all nodes, including that of this ngctl. -n lists only nodes with a name. -l lists the hooks too. --json prints them as JSON.",
  aliases: ["ls"],
  words: [],
  async run(session, args) {
    const { json, rest: words } = takeJson(args);
    const { flags, rest } = takeFlags(session, words, "ln");
    if (flags === undefined || rest.length > 0) return "usage";
    const named = flags.has("n");
    // The daemon makes a structure in slices, unlike the answer to a message about every node.
    const all = named && !flags.has("l") ? [] : hookLists(await session.client.structure());
    const lists = new Map(all.map((list) => [list.node.id, list]));
    const nodes = named ? decodeNodeList(await session.ask(".", GENERIC.listnames)) : all.map(({ node }) => node);
    if (json) {
      const rows = nodes.map((node) =>
        flags.has("l") ? linksJson(lists.get(node.id) ?? { node, links: [] }) : nodeJson(node),
      );
      outJson(session, rows);
      return "ok";
    }
    session.out(`There are ${nodes.length} total ${named ? "named " : ""}nodes:\n`);
    for (const [i, node] of nodes.entries()) {
      if (!flags.has("l")) {
        session.out(nodeRow(node));
        continue;
      }
      // One that has ended since is shown without hooks.
      showHooks(session, lists.get(node.id) ?? { node, links: [] });
      if (i < nodes.length - 1) session.out("\n");
    }
    return "ok";
  },
};
