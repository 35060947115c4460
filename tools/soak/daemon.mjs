// A daemon under test, seen from outside.
import { fork } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

/** What a link leads to; as if it were in /proc if it is gone. */
function target(link) {
  try {
    return readlinkSync(link);
  } catch {
    return "/proc/gone";
  }
}

export class Daemon {
  #child;
  #report;
  #final;
  #stdout = "";
  #stderr = "";
  #ended;
  /** Resolves after its last message. */
  #told;
  verb;

  /**
   * Starts a verb of ngflow in the metering namespace with an IPC channel, as `ngflow up` does, and waits until it
   * reports that it is ready, or prints `text` if that is given.
   */
  static async start(world, verb, options, text) {
    const daemon = new Daemon();
    daemon.verb = verb;
    const [command, [...args]] = world.meter([process.execPath]);
    const script = join(root, "apps/ngflow/bin/ngflow.js");
    daemon.#child = fork(script, [verb, ...options], {
      execPath: command,
      // It tells of each collection of garbage on its standard output.
      execArgv: [...args, "--trace-gc"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    daemon.#child.stderr.on("data", (chunk) => (daemon.#stderr += chunk));
    daemon.#ended = new Promise((resolve) => daemon.#child.once("exit", resolve));
    daemon.#told = new Promise((resolve) => daemon.#child.once("disconnect", resolve));
    daemon.#report = await Promise.race([
      new Promise((resolve) => {
        daemon.#child.once("message", resolve);
        daemon.#child.stdout.on("data", (chunk) => {
          daemon.#stdout += chunk;
          if (text !== undefined && daemon.#stdout.includes(text)) resolve({ ready: daemon.#stdout });
        });
      }),
      daemon.#ended.then(() => ({ failed: daemon.#stderr })),
    ]);
    if (!daemon.#report.ready) throw new Error(`ngflow ${verb} did not start: ${JSON.stringify(daemon.#report)}`);
    daemon.#child.on("message", (message) => (daemon.#final = message.final));
    return daemon;
  }

  /** What it reported or printed when it was ready. */
  get ready() {
    return this.#report.ready;
  }

  /** Resident memory, what is mapped from the kernel included. */
  memoryBytes() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** What was in use of its largest heap after each full collection of garbage, in MiB and the order of time. */
  heapsMib() {
    const byHeap = {};
    for (const [, heap, used] of this.#stdout.matchAll(/^\[\d+:(0x[0-9a-f]+)\].* Mark-Compact .*?-> ([\d.]+) /gm)) {
      (byHeap[heap] ??= []).push(Number(used));
    }
    return Object.values(byHeap).toSorted((a, b) => Math.max(...b) - Math.max(...a))[0] ?? [];
  }

  /** Open descriptors, without those that chDB keeps of each of its threads' statistics in /proc. */
  descriptors() {
    const folder = `/proc/${this.#child.pid}/fd`;
    return readdirSync(folder).filter((name) => !target(join(folder, name)).startsWith("/proc/")).length;
  }

  /** Ends it as `ngflow up` does. Resolves to its exit code, its output and its last report. */
  async stop() {
    this.#child.send("stop");
    return this.#end();
  }

  /** Ends one that sends no reports. */
  async disconnect() {
    this.#child.disconnect();
    return this.#end();
  }

  async #end() {
    const [status] = await Promise.all([this.#ended, this.#told]);
    // Ordinary events, such as a new interface, are logged at level info. What chDB writes by itself is no log line.
    const worse = this.#stderr.split("\n").filter((line) => /^\{.*"level":[4-6]0\b|^ngflow: /.test(line));
    return { status, stderr: worse.join("\n"), final: this.#final };
  }

  kill() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
  }
}
