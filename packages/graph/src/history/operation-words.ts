import { textOfBytes } from "../byte-string.ts";
import { GENERIC } from "../generic-types.ts";
import { GENERIC_COOKIE } from "../message.ts";
import type { ControlMessage } from "../control-message.ts";
import { NAME_BYTES, PATH_BYTES } from "../parse/string.ts";

/** Operations that change the graph's structure: their words, and the sizes of their texts. */
const OPERATIONS: ReadonlyMap<number, readonly [word: string, ...sizes: number[]]> = new Map([
  [GENERIC.mkpeer, ["mkpeer", NAME_BYTES, NAME_BYTES, NAME_BYTES]],
  [GENERIC.connect, ["connect", PATH_BYTES, NAME_BYTES, NAME_BYTES]],
  [GENERIC.name, ["name", NAME_BYTES]],
  [GENERIC.rmhook, ["rmhook", NAME_BYTES]],
  [GENERIC.shutdown, ["shutdown"]],
]);

/** The words in which ngctl would ask for what a message asks; undefined when it does not change the structure. */
export function operationWords(path: string, { cookie, cmd, flags, data }: ControlMessage): string[] | undefined {
  const operation = cookie === GENERIC_COOKIE && (flags & 1) === 0 ? OPERATIONS.get(cmd) : undefined;
  if (operation === undefined) return undefined;
  const [word, ...sizes] = operation;
  const words = [word, path];
  let at = 0;
  for (const size of sizes) {
    words.push(textOfBytes(data, at, Math.min(data.length, at + size - 1)));
    at += size;
  }
  return words;
}
