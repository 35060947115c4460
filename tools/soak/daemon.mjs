// The daemon under test, seen from outside.
import { fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../workspaces.mjs";

export class Daemon {
  #child;
  #final;
  #stderr = "";
  #ended;
  control;

  /**
   * Starts `ngflow graph` in the metering namespace with an IPC channel, as `ngflow up` does. It reports its end there.
   */
  static async start(world, control) {
    const daemon = new Daemon();
    daemon.control = control;
    const [command, [...args]] = world.meter([process.execPath]);
    const script = join(root, "apps/ngflow/bin/ngflow.js");
    daemon.#child = fork(script, ["graph", "--control", control], {
      execPath: command,
      execArgv: args,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    daemon.#child.stderr.on("data", (chunk) => (daemon.#stderr += chunk));
    daemon.#ended = new Promise((resolve) => daemon.#child.once("exit", resolve));
    const report = await Promise.race([
      new Promise((resolve) => daemon.#child.once("message", resolve)),
      daemon.#ended.then(() => ({ failed: daemon.#stderr })),
    ]);
    if (!report.ready) throw new Error(`the daemon did not start: ${JSON.stringify(report)}`);
    daemon.#child.on("message", (message) => (daemon.#final = message.final));
    return daemon;
  }

  /** Resident memory, the rings mapped from the kernel included. */
  memoryBytes() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "latin1");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  descriptors() {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** Ends it as `ngflow up` does. Resolves to its exit code, its output and its graph at the end. */
  async stop() {
    this.#child.send("stop");
    const status = await this.#ended;
    // Ordinary events, such as a new interface, are logged at level info.
    const worse = this.#stderr.split("\n").filter((line) => line !== "" && !/"level":30\b/.test(line));
    return { status, stderr: worse.join("\n"), final: this.#final };
  }

  kill() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
  }
}
