/** A verb of a command (`ngflow query`, `ngctl mkpeer`): one file, one row in the command's table `VERBS`. */
export interface VerbDescriptor {
  readonly name: string;
  /** One line for the list of verbs and the top of the verb's own help. */
  readonly summary: string;
}
