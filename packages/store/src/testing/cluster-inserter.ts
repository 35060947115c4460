import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Longest wait for the next insert before the process is killed without one. */
const WAIT_MS = 3000;

/** What old-inserter-process.ts says to its parent. */
export type InserterNews = "begins" | "ended";

/** The process that inserts blocks into a cluster: killed and started again. */
export class ClusterInserter {
  readonly #words: readonly string[];
  #child: ChildProcess | undefined;
  #inserts = false;
  #kills = 0;
  #killsInInsert = 0;

  /** @param blocks the directory that it takes blocks from */
  constructor(blocks: string, database: string, hosts: readonly string[]) {
    const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const loader = ["--conditions=@ngflow/source", "--import", file("source-loader.mjs")];
    this.#words = [...loader, file("old-inserter-process.ts"), blocks, database, ...hosts];
  }

  /** How often it was killed, and how often of that while an insert of it had no answer yet. */
  get killed(): { readonly times: number; readonly inInsert: number } {
    return { times: this.#kills, inInsert: this.#killsInInsert };
  }

  start(): void {
    this.#inserts = false;
    this.#child = spawn(process.execPath, this.#words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", (news: InserterNews) => (this.#inserts = news === "begins"));
  }

  /** SIGKILL some time after an insert has begun, and a new start. */
  async killInInsert(laterMs: number): Promise<void> {
    for (let waitedMs = 0; waitedMs < WAIT_MS && !this.#inserts; waitedMs += 2) await sleep(2);
    await sleep(laterMs);
    this.#kills++;
    if (this.#inserts) this.#killsInInsert++;
    await this.stop();
    this.start();
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}
