import { EXIT, NgflowError } from "@ngflow/base";
import { ownControlPath } from "../../control/path.ts";
import type { ProcessIo } from "../process-io.ts";
import { execute, executeScript } from "./execute.ts";
import { OWN_FILES } from "./files.ts";
import { helpPage } from "./help-page.ts";
import { streamLines, textLines } from "./lines.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { Session } from "./session.ts";
import { type Outcome } from "./verb.ts";
import { CommandError } from "./command-error.ts";
import { VERBS } from "./verbs.ts";
import { printText } from "../../output/print-text.ts";

const EXIT_OF: Readonly<Record<Outcome, number>> = { ok: EXIT.ok, quit: EXIT.ok, usage: EXIT.usage, failed: EXIT.os };

/**
 * Runs ngctl with a command line, except `-t`, which `command.ts` adds. Resolves to the exit status (reference:
 * netgraph.md §8.1, §8.2).
 */
export async function runNgctl(argv: readonly string[], io: ProcessIo): Promise<number> {
  const warn = (text: string): void => printText(io.stderr, `ngctl: ${text}\n`);
  const options = parseOptions(argv);
  if ("problem" in options) {
    warn(options.problem);
    printText(io.stderr, `${USAGE}\n`);
    return EXIT.usage;
  }
  const { file, words } = options;
  if (options.help === true) {
    printText(io.stdout, helpPage());
    return EXIT.ok;
  }
  let script = "";
  if (file !== undefined && file !== "-") {
    try {
      script = OWN_FILES.readText(file);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      warn(error.message);
      return EXIT.noInput;
    }
  }
  if (words.length === 0 && file === undefined && !io.isTerminal) {
    warn("no command specified");
    printText(io.stderr, `${USAGE}\n`);
    return EXIT.usage;
  }

  const arrivals: { notify?: () => void } = {};
  let lost: Error | undefined;
  let session: Session;
  try {
    session = await openSession(options, io, {
      onArrival: () => arrivals.notify?.(),
      onLost: (error) => {
        lost = error;
        arrivals.notify?.();
      },
    });
  } catch (error) {
    if (!(error instanceof NgflowError)) throw error;
    warn(`can't create node: ${error.message}`);
    return EXIT.os;
  }

  try {
    if (words.length > 0) return EXIT_OF[await execute(session, words)];
    if (file === "-") return EXIT_OF[await executeScript(session, streamLines(io.stdin))];
    if (file !== undefined) return EXIT_OF[await executeScript(session, textLines(script))];
    const { runInteractive } = await import("./interactive.ts");
    await runInteractive(session, { input: io.stdin, output: io.stdout, arrivals, lost: () => lost });
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof NgflowError) && !(error instanceof CommandError)) throw error;
    warn(error.message);
    return EXIT.os;
  } finally {
    await session.close();
  }
}

/** Connects; the daemon makes and names the own node. */
function openSession(
  options: Options,
  io: ProcessIo,
  events: { onArrival: () => void; onLost: (error: Error) => void },
): Promise<Session> {
  return Session.open({
    path: ownControlPath(options.control),
    name: options.name ?? `ngctl${io.pid}`,
    verbs: VERBS,
    output: {
      out: (text) => printText(io.stdout, text),
      err: (text) => printText(io.stderr, text),
    },
    debugLevel: options.debugLevel,
    remarks: true,
    ...events,
  });
}
