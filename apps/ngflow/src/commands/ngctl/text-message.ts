import { E, strerror } from "@ngflow/base";
import { GENERIC } from "@ngflow/graph";
import { cText } from "./message.ts";
import type { NgctlSession } from "./verb.ts";
import { CommandError } from "./command-error.ts";

/**
 * Sends `textstatus` or `textconfig` and prints the reply. A node without such a message (EINVAL) or
 * without a reply has no text, which is not a failure (reference: netgraph.md §8.11).
 */
export async function showText(
  session: NgctlSession,
  what: "Status" | "Config",
  path: string,
  args?: Uint8Array,
): Promise<void> {
  const text = await askText(session, path, what === "Status" ? GENERIC.textstatus : GENERIC.textconfig, args);
  if (text === undefined) session.out(`No ${what.toLowerCase()} available for "${path}"\n`);
  else session.out(`${what} for "${path}":\n${text}\n`);
}

/** The text itself; undefined if the node has none. @throws CommandError. */
export async function askText(
  session: NgctlSession,
  path: string,
  cmd: number,
  args?: Uint8Array,
): Promise<string | undefined> {
  const errno = await session.post(path, cmd, args);
  if (errno !== 0 && errno !== E.EINVAL) throw new CommandError(`send msg: ${strerror(errno)}`, { errno });
  const text = errno === 0 ? session.takeReply() : undefined;
  return text === undefined ? undefined : cText(text);
}
