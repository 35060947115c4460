import { decodeTypeList, GENERIC } from "@ngflow/graph";
import { shownName } from "./column.ts";
import type { Verb } from "./verb.ts";

export const types: Verb = {
  name: "types",
  usage: "types",
  summary: "List the node types and how many nodes each has.",
  help: "",
  aliases: [],
  words: [],
  async run(session, args) {
    if (args.length > 0) return "usage";
    const list = decodeTypeList(await session.ask(".", GENERIC.listtypes));
    session.out(`There are ${list.length} total types:\n`);
    if (list.length > 0) {
      session.out(`${"Type name".padStart(15)}   Number of living nodes\n`);
      session.out(`${"---------".padStart(15)}   ----------------------\n`);
    }
    for (const { name, nodes } of list) {
      session.out(`${shownName(name.padStart(15))}   ${String(nodes).padStart(5)}\n`);
    }
    return "ok";
  },
};
