import { terminalText } from "@ngflow/base";
import { displayText, type HookList, type NodeInfo } from "@ngflow/graph";
import type { NgctlSession } from "./verb.ts";

/** The word that turns a command's table into JSON; the words of `ngctl` have no options of that form. */
const JSON_OPTION = "--json";

/** `--json` anywhere among the words of a command, and the other words. */
export function takeJson(args: readonly string[]): { readonly json: boolean; readonly rest: readonly string[] } {
  return { json: args.includes(JSON_OPTION), rest: args.filter((word) => word !== JSON_OPTION) };
}

/** Prints a value as one line of JSON. What a terminal would act on is written as `\u009b` and the like. */
export function outJson(session: NgctlSession, value: unknown): void {
  const text = JSON.stringify(value).replaceAll(/[^ -~]/gu, (character) =>
    terminalText(character) === character ? character : escaped(character),
  );
  session.out(`${text}\n`);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** A node as JSON: its name (null if it has none), its type, its address for commands, and how many hooks it has. */
export function nodeJson({ id, name, type, hooks }: NodeInfo): object {
  return { name: nameJson(name), type: displayText(type), address: `[${id.toString(16)}]:`, hooks };
}

/** A node with what each of its hooks is connected to, newest first. */
export function linksJson({ node, links }: HookList): object {
  return {
    ...nodeJson(node),
    links: links.map(({ hook, peer, peerHook }) => ({
      hook: displayText(hook),
      peer: { name: nameJson(peer.name), type: displayText(peer.type), address: `[${peer.id.toString(16)}]:` },
      peerHook: displayText(peerHook),
    })),
  };
}

function nameJson(name: string): string | null {
  return name === "" ? null : displayText(name);
}
