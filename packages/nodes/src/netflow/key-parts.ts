/** Parts of the flow key in addition to addresses, ports, protocol, type of service, interfaces and direction. */
export const KEY_PARTS = ["vlan", "mac", "mpls", "tunnel"] as const;
/** The parts that a new node's key has. */
export const DEFAULT_KEY = "vlan";

/** Names of parts, separated by commas or spaces; an empty text is none. Undefined when a name is unknown. */
export function parseKeyParts(text: string): readonly (typeof KEY_PARTS)[number][] | undefined {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  const parts = KEY_PARTS.filter((part) => names.includes(part));
  return names.every((name) => parts.some((part) => part === name)) ? parts : undefined;
}
