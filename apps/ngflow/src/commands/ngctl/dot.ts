import type { HookList } from "@ngflow/graph";
import { shownName } from "./column.ts";
import { hookLists } from "./hook-lists.ts";
import { takeFlags } from "./flags.ts";
import type { Verb } from "./verb.ts";

export const dot: Verb = {
  name: "dot",
  usage: "dot [-c] [outputfile]",
  summary: "Draw the graph for Graphviz.",
  help: "Writes the whole graph in the DOT language, to <outputfile> if given. With -c, hooks are labels, not nodes.",
  aliases: ["graphviz", "confdot"],
  words: ["file"],
  async run(session, args) {
    const { flags, rest } = takeFlags(session, args, "c");
    if (flags === undefined || rest.length > 1) return "usage";
    const text = renderDot(hookLists(await session.client.structure()), flags.has("c"));
    const file = rest[0];
    if (file === undefined) session.out(text);
    else session.files.writeText(file, text);
    return "ok";
  },
};

/** The text of netgraph.md §8.14. */
export function renderDot(given: readonly HookList[], compact: boolean): string {
  const nodes = given.map(shownList);
  const lines = compact
    ? ["digraph netgraph {", '\tedge [ dir = "none", fontsize = 10 ];']
    : ["graph netgraph {", "\tedge [ weight = 1.0 ];"];
  lines.push("\tnode [ shape = record, fontsize = 12 ] {");
  for (const { node } of nodes) {
    const id = node.id.toString(16);
    lines.push(`\t\t"${id}" [ label = "{${node.name || "\\<unnamed\\>"}:|{${node.type}|[${id}]:}}" ];`);
  }
  lines.push("\t};", "\tsubgraph cluster_disconnected {", "\t\tbgcolor = pink;");
  for (const { node } of nodes) if (node.hooks === 0) lines.push(`\t\t"${node.id.toString(16)}";`);
  lines.push("\t};");
  for (const list of nodes) if (list.node.hooks > 0) lines.push(...(compact ? compactLinks(list) : links(list)));
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

function links({ node, links }: HookList): string[] {
  const id = node.id.toString(16);
  return [
    "\tnode [ shape = octagon, fontsize = 10 ] {",
    ...links.map(({ hook }) => `\t\t"${id}.${hook}" [ label = "${hook}" ];`),
    "\t};",
    "\t{",
    "\t\tedge [ weight = 2.0, style = bold ];",
    ...links.map(({ hook }) => `\t\t"${id}" -- "${id}.${hook}";`),
    "\t};",
    // Both ends of an edge list it; the node with the greater id prints it.
    ...links
      .filter(({ peer }) => peer.id <= node.id)
      .map(({ hook, peerHook, peer }) => `\t"${id}.${hook}" -- "${peer.id.toString(16)}.${peerHook}";`),
  ];
}

function compactLinks({ node, links }: HookList): string[] {
  return links
    .filter(({ peer }) => peer.id <= node.id)
    .map(
      ({ hook, peerHook, peer }) =>
        `\t"${peer.id.toString(16)}" -> "${node.id.toString(16)}" [ headlabel = "${hook}", taillabel = "${peerHook}" ] ;`,
    );
}

/** A list whose names are for people. */
function shownList({ node, links }: HookList): HookList {
  return {
    node: { ...node, name: shownName(node.name), type: shownName(node.type) },
    links: links.map(({ hook, peerHook, peer }) => ({ hook: shownName(hook), peerHook: shownName(peerHook), peer })),
  };
}
