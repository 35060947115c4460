import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { ROOT } from "../../support/command.ts";
import type { Host } from "../../support/hosts.ts";

/** What the graph answers to a line. */
export interface Answer {
  /** FreeBSD's errno; 0 is success. */
  readonly errno: number;
  /** Data of the replies, in hexadecimal. */
  readonly replies: readonly string[];
  /** Every node by name, or by type where it has none. */
  readonly nodes: Readonly<
    Record<
      string,
      { readonly type: string; readonly hooks: readonly string[]; readonly counters: Readonly<Record<string, number>> }
    >
  >;
}

/** A graph over the interfaces of a host, in a process of its own (graph.mjs). */
export class GraphDriver {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  /** @param prefix words that run before node, e.g. setpriv. */
  constructor(host: Host, prefix: readonly string[] = []) {
    const [command = "", ...args] = host.exec([...prefix, process.execPath, `${ROOT}tests/hosts/probe/graph.mjs`]);
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"], cwd: ROOT });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async run(line: string): Promise<Answer> {
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the graph ended at: ${line}`);
    return JSON.parse(value) as Answer;
  }

  /** Runs lines that have to succeed. Returns the last answer. */
  async all(...lines: readonly string[]): Promise<Answer> {
    let answer: Answer | undefined;
    for (const line of lines) {
      answer = await this.run(line);
      if (answer.errno !== 0) throw new Error(`${line}: errno ${answer.errno}`);
    }
    return answer!;
  }

  /** Waits until the graph is as wanted; returns how it was when the time was over at the latest. */
  async until(wanted: (answer: Answer) => boolean, timeoutMs = 5000): Promise<Answer> {
    const deadlineMs = Date.now() + timeoutMs;
    for (;;) {
      const answer = await this.run("show");
      if (wanted(answer) || Date.now() > deadlineMs) return answer;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }

  /** Descriptors that the graph's process has open. */
  openFiles(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  stop(): void {
    this.#lines.close();
    this.#child.kill("SIGKILL");
  }
}
