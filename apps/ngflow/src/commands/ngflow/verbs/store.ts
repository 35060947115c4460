import { setTimeout } from "node:timers/promises";
import { EXIT, NgflowError } from "@ngflow/base";
import type { Progress, Store } from "@ngflow/store";
import type { Command } from "commander";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { askDaemonFor } from "../../../store/action-socket.ts";
import { type ActionName, type ActionResult, ACTIONS } from "../../../store/actions.ts";
import { findingsText, repairText, statusText } from "../../../store/render.ts";
import { enterDataDirectory } from "../stored-flows.ts";

/** How long a daemon that has the store open may take until it answers. */
const DAEMON_START_MS = 10_000;
const RETRY_MS = 200;

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
}

/** How each action is shown, and whether something is wrong afterwards. */
const SHOWN: {
  readonly [A in ActionName]: {
    readonly summary: string;
    text(result: ActionResult<A>): string;
    isWrong(result: ActionResult<A>): boolean;
  };
} = {
  status: {
    summary: "what is kept, from when to when, its size, the limits, and what was removed",
    text: statusText,
    isWrong: () => false,
  },
  verify: {
    summary: "read every part and compare the rows with the ledger; exit status 1 if some are missing",
    text: findingsText,
    isWrong: ({ missing, damaged }) => missing.length + damaged.length > 0,
  },
  repair: {
    summary: "take back parts and blocks that were set aside and are whole; nothing is deleted",
    text: repairText,
    isWrong: ({ missing, damaged }) => missing.length + damaged.length > 0,
  },
  compact: {
    summary: "merge the parts of every day into one",
    text: statusText,
    isWrong: () => false,
  },
};

/** A line on a terminal that is replaced with each step; nothing elsewhere. */
function progressLine(unit: string): { step: Progress; end(): void } {
  const { isTTY } = process.stderr;
  const write = (text: string): unknown => isTTY && process.stderr.write(`\r\u001B[K${text}`);
  return { step: (done, total) => write(`${done} of ${total} ${unit}`), end: () => void write("") };
}

async function run<A extends ActionName>(action: A, options: Options): Promise<void> {
  const directory = dataDirectory(options.data);
  const line = progressLine(ACTIONS[action].unit);
  let result: ActionResult<A>;
  try {
    await enterDataDirectory(directory);
    result = await resultOf(directory, action, line.step);
  } finally {
    line.end();
  }
  if (options.json === true) await writeOut(`${JSON.stringify(result)}\n`);
  else printText(process.stdout, SHOWN[action].text(result));
  if (SHOWN[action].isWrong(result)) process.exitCode = EXIT.failed;
}

/** Asks the daemon that has the store open, or opens it here. A daemon that starts has it open before it answers. */
async function resultOf<A extends ActionName>(directory: string, action: A, step: Progress): Promise<ActionResult<A>> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    const result = await askDaemonFor(directory, action, step);
    if (result !== undefined) return result;
    try {
      return await withStore(directory, (store) => ACTIONS[action].run(store, step));
    } catch (error) {
      if (!(error instanceof NgflowError) || error.code !== "store-held" || waitedMs >= DAEMON_START_MS) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

/** Opens the store that no daemon has. Nothing is dropped. */
async function withStore<T>(directory: string, use: (store: Store) => Promise<unknown>): Promise<T> {
  const { createStore } = await import("@ngflow/store");
  const store = createStore({ directory, drop: false, ingest: false });
  await store.start();
  try {
    return (await use(store)) as T;
  } finally {
    await store.stop();
  }
}

export function define(command: Command): Command {
  command.addHelpText(
    "after",
    "\nIf a daemon has the data directory open, it does the work, also when the command is ended." +
      "\nOtherwise the command opens the store itself. It drops nothing.",
  );
  for (const action of Object.keys(SHOWN) as ActionName[]) {
    command
      .command(action)
      .description(SHOWN[action].summary)
      .addOption(sharedOptions.data())
      .addOption(sharedOptions.config())
      .option("--json", "print JSON")
      .action((options: Options) => run(action, withConfig(options)));
  }
  return command;
}
