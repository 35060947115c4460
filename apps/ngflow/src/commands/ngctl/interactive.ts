import { clearLine, createInterface, cursorTo } from "node:readline";
import { complete } from "./completion.ts";
import { execute, splitWords } from "./execute.ts";
import type { NgctlSession } from "./verb.ts";

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** `notify` is set here. It is called when something has arrived at the session or the daemon is lost. */
  readonly arrivals: { notify?: () => void };
  /** Why the connection to the daemon was lost; undefined while it is up. */
  readonly lost: () => Error | undefined;
}

const PROMPT = "+ ";
const HISTORY_LINES = 100;

/**
 * The prompt: prints the help, then runs lines until `quit` or the end of input. What arrives in between is printed
 * above the line being typed.
 * @throws the error of `lost` when the daemon goes away, or CommandError when an empty packet arrives.
 */
export async function runInteractive(session: NgctlSession, terminal: Terminal): Promise<void> {
  const { input, output, arrivals } = terminal;
  await execute(session, ["help"]);

  const editor = createInterface({
    input,
    output,
    prompt: PROMPT,
    terminal: true,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      complete(session, line).then(
        (result) => done(null, result),
        () => done(null, [[], line]),
      );
    },
  });

  // Lines and arrivals are handled one after the other, in the order they came.
  const lines: string[] = [];
  let ended = false;
  let wake = (): void => {};
  let arrived = false;
  editor.on("line", (line) => {
    lines.push(line);
    wake();
  });
  editor.on("close", () => {
    ended = true;
    wake();
  });
  editor.on("SIGINT", () => {
    output.write("^C\n");
    editor.write(null, { ctrl: true, name: "e" });
    editor.write(null, { ctrl: true, name: "u" });
  });
  arrivals.notify = () => {
    arrived = true;
    wake();
  };

  try {
    editor.prompt();
    for (;;) {
      const error = terminal.lost();
      if (error !== undefined) {
        output.write("\n");
        throw error;
      }
      const line = lines.shift();
      if (line !== undefined) {
        if ((await execute(session, splitWords(line))) === "quit") return;
        await session.showArrivals("all");
        arrived = false;
        // Keeps the cursor at its position in the line being typed.
        editor.prompt(true);
        continue;
      }
      if (arrived) {
        arrived = false;
        cursorTo(output, 0);
        clearLine(output, 0);
        await session.showArrivals("all");
        editor.prompt(true);
        continue;
      }
      if (ended) {
        output.write("\n");
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = () => {};
    }
  } finally {
    delete arrivals.notify;
    editor.close();
  }
}
