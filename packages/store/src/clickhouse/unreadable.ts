import type { Day } from "../ledger/ledger-file.ts";
import type { SqlError } from "./sql-client.ts";

/** Limits of a query, and its cancellation, are not the fault of a part. */
const LIMITS: ReadonlySet<number> = new Set([159, 160, 241, 394]);
/** A file of a part: `/20260102_1_1_0/Bytes.bin`. */
const PART_FILE = /\/((\d{4})(\d{2})(\d{2})_\d+_\d+_\d+(?:_\d+)?)\//;
/** Parts that one query leaves out, at most. */
const PARTS_MAX = 64;

/** A part that a query could not read. */
export interface UnreadablePart {
  readonly name: string;
  readonly day: Day;
  readonly reason: string;
}

/** The part that an error of the database names; undefined if the error is not about the files of a part. */
export function unreadablePart({ clickhouseCode, message }: SqlError): UnreadablePart | undefined {
  const match = clickhouseCode === undefined || LIMITS.has(clickhouseCode) ? null : PART_FILE.exec(message);
  if (!match) return undefined;
  return { name: match[1]!, day: match.slice(2, 5).join("-"), reason: damageReason(message) };
}

/** Most characters of a reason. */
const REASON_MAX = 160;

/** What the database says of damage, without its code, and without where in its own work it found it. */
export function damageReason(message: string): string {
  const [line = ""] = message.split("\n");
  const reason = line.replace(/^Code: \d+\. (DB::Exception: )?/, "").replace(/: (While|while) .*$/, "");
  return reason.length > REASON_MAX ? `${reason.slice(0, REASON_MAX)}…` : reason;
}

/**
 * Runs a query, and again without each part that it cannot read. `found` is called for every such part. Returns the
 * answer and the parts that it lacks. @throws the error of the query if it has another cause.
 */
export async function leavingOut<T>(
  query: (without: readonly string[]) => Promise<T>,
  found: (part: UnreadablePart) => void,
): Promise<{ readonly answer: T; readonly lacks: readonly UnreadablePart[] }> {
  const lacks: UnreadablePart[] = [];
  for (;;) {
    try {
      return { answer: await query(lacks.map(({ name }) => name)), lacks };
    } catch (error) {
      const part = unreadablePart(error as SqlError);
      if (part === undefined || lacks.length >= PARTS_MAX || lacks.some(({ name }) => name === part.name)) throw error;
      found(part);
      lacks.push(part);
    }
  }
}
