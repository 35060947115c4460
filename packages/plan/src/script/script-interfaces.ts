import type { ScriptCommand } from "./script-line.ts";

const LOOKS_LIKE_INTERFACE = /^[A-Za-z][A-Za-z0-9_-]*\d$/;

/** Whether a name looks like that of an interface: `em0`, `enp3s0`. */
export function isInterfaceName(name: string): boolean {
  return LOOKS_LIKE_INTERFACE.test(name) && name.length < 32;
}

/**
 * The interfaces that a script expects: names at the head of an address that look like one (`em0`, `enp3s0`)
 * and that no command of the script gives to a node. In order of appearance.
 * @param ownNames the names that nodes of a type take by themselves, such as `ng0`.
 */
export function scriptInterfaces(
  commands: readonly ScriptCommand[],
  ownNames: (type: string) => RegExp | undefined = () => undefined,
): string[] {
  const given = new Set<string>();
  const taken: RegExp[] = [];
  for (const { words } of commands) {
    if (words.length === 3 && "name".startsWith(words[0]!)) given.add(words[2]!);
    const names = words[0] !== "" && "mkpeer".startsWith(words[0]!) ? ownNames(words.at(-3) ?? "") : undefined;
    if (names !== undefined) taken.push(names);
  }
  const found = new Set<string>();
  for (const { words, kind } of commands) {
    if (kind !== "ngctl") continue;
    for (const word of words.slice(1, 3)) {
      const name = word.slice(0, Math.max(0, word.indexOf(":")));
      if (!isInterfaceName(name) || given.has(name) || taken.some((names) => names.test(name))) continue;
      found.add(name);
    }
  }
  return [...found];
}
