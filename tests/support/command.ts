import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { removeAtEnd } from "./cleanup.ts";
import { absentTools } from "./needs.ts";

/** The checkout under test. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The built commands, as `npm ci && npm run build` leaves them. */
export const NGFLOW = [process.execPath, `${ROOT}apps/ngflow/bin/ngflow.js`] as const;
export const NGCTL = [process.execPath, `${ROOT}apps/ngflow/bin/ngctl.js`] as const;
export const NGHOOK = [process.execPath, `${ROOT}apps/ngflow/bin/nghook.js`] as const;

/** Options of a daemon that stays root where root runs the tests: it reaches files that only root may reach. */
export const SAME_USER: readonly string[] = process.geteuid?.() === 0 ? ["--user", "root"] : [];

export interface Ended {
  /** Exit status; null when a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a command to its end. It is killed after `timeoutMs` (30 s by default), which shows as a signal. */
export function run(words: readonly string[], options: RunOptions = {}): Ended {
  const [command = "", ...args] = words;
  const ended = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 256 << 20,
    timeout: options.timeoutMs ?? 30_000,
    killSignal: "SIGKILL",
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (ended.error !== undefined && ended.signal === null) throw ended.error;
  return { status: ended.status, signal: ended.signal, stdout: ended.stdout, stderr: ended.stderr };
}

/** Runs a command that must succeed, and returns its standard output. */
export function must(words: readonly string[], options: RunOptions = {}): string {
  const { status, signal, stdout, stderr } = run(words, options);
  if (status === 0) return stdout;
  throw new Error(`${words.join(" ")}: ${signal ?? `exit ${status}`}: ${stderr}${stdout}`);
}

/** How long a test that waits for something sleeps before it looks again. */
const POLL_MS = 25;

/** Words before a command that has to end when the process that started it ends, be it by SIGKILL. */
const ENDS_WITH_US = absentTools("setpriv") === undefined ? ["setpriv", "--pdeathsig", "KILL", "--"] : [];

/**
 * A process that runs next to the test, in its own process group so that all of it can be ended. It is killed when the
 * test ends that started it, or the suite.
 */
export class Background {
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #running = true;
  stdout = "";
  stderr = "";

  constructor(words: readonly string[], options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {}) {
    const [command = "", ...args] = [...ENDS_WITH_US, ...words];
    this.#child = spawn(command, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
    });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    const removed = removeAtEnd(() => this.stop("SIGKILL"));
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (status, signal) => {
        this.#running = false;
        removed();
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Process id, for signals to this process alone. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the process could not be started");
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Waits for the process to end by itself, and kills it after `timeoutMs`. */
  async ended(timeoutMs: number): Promise<Ended> {
    const timer = setTimeout(() => this.#signal("SIGKILL"), timeoutMs);
    return this.#ended.finally(() => clearTimeout(timer));
  }

  /** Asks the process to end (SIGTERM by default), and kills its group when it has not after 15 s. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    this.#signal(signal);
    return this.ended(15_000);
  }

  /** Waits until `ready` holds; fails with what the process said when it ends first or `timeoutMs` pass. */
  async until(what: string, ready: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs;
    while (!(await ready())) {
      if (!this.#running || Date.now() > deadlineMs) {
        throw new Error(
          `${what}: ${this.#running ? "not within the time" : "the process ended"}: ${this.stdout}${this.stderr}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#running || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
