import { decodeHookList, GENERIC, type HookList, type NodeInfo } from "@ngflow/graph";
import { column } from "./column.ts";
import { takeFlags } from "./flags.ts";
import { linksJson, nodeJson, outJson, takeJson } from "./json.ts";
import type { NgctlSession, Verb } from "./verb.ts";

const UNNAMED = "<unnamed>";

function hexId(id: number): string {
  return id.toString(16).padStart(8, "0");
}

/** The row of `list`, and the first of `show`. Columns are filled by bytes, as printf does. */
export function nodeRow(node: NodeInfo): string {
  const name = column(node.name || UNNAMED, 15);
  return `  Name: ${name} Type: ${column(node.type, 15)} ID: ${hexId(node.id)}   Num hooks: ${node.hooks}\n`;
}

function hookRow(hook: string, name: string, type: string, id: string, peerHook: string): string {
  return `  ${column(hook, 15)} ${column(name, 15)} ${column(type, 12)} ${id.padEnd(15)} ${column(peerHook, 15)}\n`;
}

/** Prints a node and its hooks. */
export function showHooks(session: NgctlSession, list: HookList): void {
  session.out(nodeRow(list.node));
  if (list.links.length === 0) return;
  session.out(hookRow("Local hook", "Peer name", "Peer type", "Peer ID", "Peer hook"));
  session.out(hookRow("----------", "---------", "---------", "-------", "---------"));
  for (const { hook, peerHook, peer } of list.links) {
    session.out(hookRow(hook, peer.name || UNNAMED, peer.type, hexId(peer.id), peerHook));
  }
}

export const show: Verb = {
  name: "show",
  usage: "show [-n] <path>",
  summary: "Show a node and its hooks.",
  help: "Shows the node at <path> and what each of its hooks is connected to, newest hook first. -n leaves out the hooks. --json prints them as JSON.",
  aliases: ["inquire", "info"],
  words: ["path"],
  async run(session, args) {
    const { json, rest: words } = takeJson(args);
    const { flags, rest } = takeFlags(session, words, "n");
    const [path] = rest;
    if (flags === undefined || rest.length !== 1 || path === undefined) return "usage";
    const list = decodeHookList(await session.ask(path, GENERIC.listhooks));
    if (json) outJson(session, flags.has("n") ? nodeJson(list.node) : linksJson(list));
    else showHooks(session, flags.has("n") ? { ...list, links: [] } : list);
    return "ok";
  },
};
