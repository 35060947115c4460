import { type Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/**
 * The verb that a word abbreviates: a case-insensitive prefix of its name or of an alias. An exact match has no
 * priority, as no name is a prefix of another's (reference: netgraph.md §8.3).
 * @throws CommandError `"x": ambiguous command` or `"x": unknown command`.
 */
export function findVerb(verbs: readonly Verb[], word: string): Verb {
  const prefix = word.toLowerCase();
  const names = (verb: Verb): string[] => [verb.name, ...verb.aliases].filter((name) => name.startsWith(prefix));
  const found = verbs.filter((verb) => names(verb).length > 0);
  if (found.length > 1) {
    const advice = `it may be ${found.flatMap(names).join(", ")}`;
    throw new CommandError(`"${word}": ambiguous command`, { advice });
  }
  const verb = found[0];
  if (verb === undefined) {
    const advice = `the commands are ${verbs.map(({ name }) => name).join(", ")}`;
    throw new CommandError(`"${word}": unknown command`, { advice });
  }
  return verb;
}
