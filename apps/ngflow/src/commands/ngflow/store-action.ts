import { setTimeout } from "node:timers/promises";
import { NgflowError } from "@ngflow/base";
import { databaseError, type Progress, type Store } from "@ngflow/store";
import { askDaemonFor } from "../../store/action-socket.ts";
import { commandStore } from "../../store/command-store.ts";
import { type ActionName, type ActionResult, ACTIONS } from "../../store/actions.ts";

/** How long a daemon that has the store open may take until it answers. */
const DAEMON_START_MS = 10_000;
const RETRY_MS = 200;

/** Asks the daemon that has the store open, or opens it here. A daemon that starts has it open before it answers. */
export async function actionResult<A extends ActionName>(
  directory: string,
  action: A,
  step: Progress,
  argument = "",
): Promise<ActionResult<A>> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    const result = await askDaemonFor(directory, action, step, argument);
    if (result !== undefined) return result;
    try {
      return await withStore(directory, (store) => ACTIONS[action].run(store, step, argument));
    } catch (error) {
      if (!(error instanceof NgflowError) || error.code !== "store-held" || waitedMs >= DAEMON_START_MS) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

/** Opens the store that no daemon has. Nothing is dropped. */
async function withStore<T>(directory: string, use: (store: Store) => Promise<unknown>): Promise<T> {
  const store = await commandStore(directory);
  await store.start();
  try {
    return (await use(store)) as T;
  } catch (error) {
    throw databaseError(error);
  } finally {
    await store.stop();
  }
}
