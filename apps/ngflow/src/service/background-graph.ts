import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { prepareDirectory } from "../control/path.ts";
import { askDaemon } from "../control/ask-daemon.ts";
import { isListening } from "../control/is-listening.ts";
import { ServiceError } from "./errors.ts";

const START_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

/** A graph daemon that was started in the background. */
export interface BackgroundGraph {
  readonly pid: number;
  /** Stops it after exporting its flows. */
  stop(): Promise<void>;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** The file next to a control socket: `control.pid`, `control.log`. */
function siblingFile(control: string, ending: string): string {
  return `${control.replace(/\.sock$/, "")}.${ending}`;
}

/**
 * Starts `ngflow graph` as a daemon: a session of its own, its pid in `control.pid` and its errors in `control.log`
 * next to the control socket. Resolves when the socket answers.
 *
 * @param graphOptions its options about interfaces and metering.
 * @throws NgflowError with the daemon's last message if it ends before that.
 */
export async function startBackgroundGraph(
  program: string,
  control: string,
  graphOptions: readonly string[],
): Promise<BackgroundGraph> {
  prepareDirectory(control);
  const [pidFile, logFile] = [siblingFile(control, "pid"), siblingFile(control, "log")];
  const log = openSync(logFile, "w", 0o600);
  const args = ["graph", "--quiet", "--control", control, ...graphOptions];
  const child = spawn(process.execPath, [program, ...args], { cwd: "/", detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  let ended = false;
  child.once("exit", () => (ended = true));
  child.once("error", () => (ended = true));
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await isListening(control))) {
    if (!ended && Date.now() < deadlineMs) {
      await sleep(POLL_MS);
      continue;
    }
    if (!ended) child.kill("SIGKILL");
    const lastLine = readFileSync(logFile, "utf8")
      .trim()
      .split("\n")
      .at(-1)!
      .replace(/^ngflow: /, "");
    const why = ended ? lastLine || "it ended without a message" : `its control socket ${control} does not answer`;
    throw new ServiceError("graph-not-started", `"ngflow graph" could not be started: ${why}`);
  }
  const pid = child.pid!;
  writeFileSync(pidFile, `${pid}\n`, { mode: 0o644 });
  child.unref();
  return {
    pid,
    async stop() {
      child.kill("SIGTERM");
      while (!ended) await sleep(POLL_MS);
      rmSync(pidFile, { force: true });
    },
  };
}

/**
 * Waits for a daemon that is started elsewhere, and for its interfaces, which may appear later.
 *
 * @param nodes names of interface nodes.
 * @returns whether the daemon answers; its graph shows which interfaces exist.
 */
export async function waitForGraph(control: string, nodes: readonly string[], timeoutMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const isThere = await isListening(control);
    const graph = isThere ? await askDaemon(control, (client) => client.snapshot()) : { nodes: [] };
    if (isThere && nodes.every((name) => graph.nodes.some((node) => node.name === name))) return true;
    if (Date.now() >= deadlineMs) return isThere;
    await sleep(POLL_MS);
  }
}
