import { decodeTypeList, displayText, GENERIC } from "@ngflow/graph";
import { shownName } from "./column.ts";
import { outJson, takeJson } from "./json.ts";
import type { Verb } from "./verb.ts";

export const types: Verb = {
  name: "types",
  usage: "types",
  summary: "List the node types and how many nodes each has.",
  help: "--json prints them as JSON.",
  aliases: [],
  words: [],
  async run(session, args) {
    const { json, rest } = takeJson(args);
    if (rest.length > 0) return "usage";
    const list = decodeTypeList(await session.ask(".", GENERIC.listtypes));
    if (json) {
      outJson(
        session,
        list.map(({ name, nodes }) => ({ name: displayText(name), nodes })),
      );
      return "ok";
    }
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
