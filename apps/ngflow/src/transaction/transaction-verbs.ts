import { type Verb } from "../commands/ngctl/verb.ts";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { VERBS } from "../commands/ngctl/verbs.ts";

/** ngctl's verbs inside the daemon. They use no files, because files are the caller's. */
export const TRANSACTION_VERBS: readonly Verb[] = VERBS.map((verb) => {
  if (!["read", "dot", "write"].includes(verb.name)) return verb;
  return {
    ...verb,
    run(session, args) {
      const file = verb.name === "write" ? args.includes("-f") : args.some((word) => !word.startsWith("-"));
      if (file) throw new CommandError(`${verb.name}: files are not read or written in a transaction`);
      return verb.run(session, args);
    },
  };
});
