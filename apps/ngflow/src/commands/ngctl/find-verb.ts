import { type Verb } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/**
 * The verb that a word abbreviates: a case-insensitive prefix of its name or of an alias. An exact match has no
 * priority, as no name is a prefix of another's (reference: netgraph.md §8.3).
 * @throws CommandError `"x": ambiguous command` or `"x": unknown command`.
 */
export function findVerb(verbs: readonly Verb[], word: string): Verb {
  const prefix = word.toLowerCase();
  const found = verbs.filter((verb) => [verb.name, ...verb.aliases].some((name) => name.startsWith(prefix)));
  if (found.length > 1) throw new CommandError(`"${word}": ambiguous command`);
  const verb = found[0];
  if (verb === undefined) throw new CommandError(`"${word}": unknown command`);
  return verb;
}
