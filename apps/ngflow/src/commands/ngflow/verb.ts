import type { Command } from "commander";
import type { VerbDescriptor } from "../descriptor.ts";

/** A verb of `ngflow`: one file in `verbs/`, one row here. The module is loaded only when the verb runs. */
export interface Verb extends VerbDescriptor {
  /** `define` adds arguments, options and the action to a command that has its name and summary; `verbs` are all. */
  readonly load: () => Promise<{ define(command: Command, verbs: readonly Verb[]): Command }>;
}
