/** A command that failed: the text after `ngctl: `. */
export class CommandError extends Error {
  override name = "CommandError";
}
