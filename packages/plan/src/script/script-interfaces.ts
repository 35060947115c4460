import type { ScriptCommand } from "./script-line.ts";

const LOOKS_LIKE_INTERFACE = /^[A-Za-z][A-Za-z0-9_-]*\d$/;

/** Whether a name looks like that of an interface: `em0`, `enp3s0`. */
export function isInterfaceName(name: string): boolean {
  return LOOKS_LIKE_INTERFACE.test(name) && name.length < 32;
}

/**
 * The interfaces that a script expects: names at the head of an address that look like one (`em0`, `enp3s0`)
 * and that no command of the script gives to a node. In order of appearance.
 */
export function scriptInterfaces(commands: readonly ScriptCommand[]): string[] {
  const given = new Set<string>();
  for (const { words } of commands) if (words.length === 3 && "name".startsWith(words[0]!)) given.add(words[2]!);
  const found = new Set<string>();
  for (const { words, kind } of commands) {
    if (kind !== "ngctl") continue;
    for (const word of words.slice(1, 3)) {
      const name = word.slice(0, Math.max(0, word.indexOf(":")));
      if (isInterfaceName(name) && !given.has(name)) found.add(name);
    }
  }
  return [...found];
}
