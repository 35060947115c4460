import { constants } from "node:os";
import { libc } from "../libc.ts";

const WNOHANG = 1;
const STATUS_BYTES = 4;

/** How a process ended: one of the two is null. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signalCode: string | null;
}

/**
 * How a child of this process ended that Node.js does not know, because it was made before an execve(2), which keeps
 * children. Undefined while it runs. Call it once after the end, as waitpid(2).
 *
 * @throws NgflowError elsewhere than on Linux.
 */
export function childEnd(pid: number): ChildEnd | undefined {
  const status = new Int32Array(1);
  const found = libc().waitpid(pid, new Uint8Array(status.buffer, 0, STATUS_BYTES), WNOHANG);
  if (found === 0) return undefined;
  // No such child: it has ended, and the way it ended is unknown.
  if (found < 0) return { exitCode: null, signalCode: null };
  const number = status[0]! & 0x7f;
  if (number === 0) return { exitCode: (status[0]! >> 8) & 0xff, signalCode: null };
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return { exitCode: null, signalCode: name ?? String(number) };
}
