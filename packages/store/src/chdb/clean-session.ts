import { createSerial } from "../serial.ts";
import type { ChdbSession } from "./chdb-session.ts";

/**
 * A session whose answers are those of their own statements. When a statement fails after it has written rows (it was
 * cancelled, took too long or too much memory), chDB keeps these rows and puts them before the answer to the session's
 * next statement. So after each failure another statement takes them away, before the failure is passed on and before
 * any other statement starts.
 */
export function cleanSession(session: ChdbSession): ChdbSession {
  const serial = createSerial();
  return {
    queryAsync: (sql, options) =>
      serial(async () => {
        try {
          return await session.queryAsync(sql, options);
        } catch (error) {
          await takeRest(session);
          throw error;
        }
      }),
    close: () => session.close(),
  };
}

/** Tries that fail themselves; the engine is closing then, and kills every statement. */
const TRIES = 3;

async function takeRest(session: ChdbSession): Promise<void> {
  for (let i = 0; i < TRIES; i++) {
    try {
      await session.queryAsync("SELECT 1", { format: "JSONCompactEachRow" });
      return;
    } catch {
      // The next try.
    }
  }
}
