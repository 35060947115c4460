import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../workspaces.mjs";
import { MARK, removeMarked } from "./leftovers.mjs";
import { canEnclose, enclosed } from "./namespaces.mjs";

/** Of every step. Some hundred commands start in them, and each would read all certificates of the machine: 40 ms. */
const ENVIRONMENT = { ...process.env, NODE_EXTRA_CA_CERTS: "" };

/**
 * No command of a step may take longer; the longest suite takes about a third of it on a machine with nothing else to
 * do.
 */
const COMMAND_TIMEOUT_MS = 25 * 60_000;

const WATCHED = fileURLToPath(new URL("watched.mjs", import.meta.url));

/**
 * Removes the folder when its standard input ends, which it does when the process that holds the other end has ended.
 */
const REMOVE_AT_END = 'cat; sleep 1; rm -rf -- "$1"';

/**
 * Runs the commands of one verify, each with a folder for temporary files and, where possible, namespaces of its own.
 */
export class Commands {
  /** The folder for what the commands write; gone when the run ends, even if it is killed. */
  folder = mkdtempSync(join(tmpdir(), "ngflow-verify-"));
  #enclose;
  #running = new Set();
  #made = 0;
  #remover;

  /** @param enclose whether the commands get namespaces of their own */
  constructor(enclose = canEnclose()) {
    this.#enclose = enclose;
    // Entered by other users, too: tests run commands as nobody.
    chmodSync(this.folder, 0o711);
    this.#remover = spawn("sh", ["-c", REMOVE_AT_END, "sh", this.folder], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#remover.on("error", () => {});
    this.#remover.stdin.on("error", () => {});
    this.#remover.unref();
    this.#remover.stdin.unref?.();
  }

  /**
   * Runs `node args…` at the root. Resolves when it has ended with its exit status, what it printed, and what it left
   * behind, a line each, which is ended and removed.
   * @param onLine is given each line of its standard output
   */
  async run(args, { env = {}, onLine } = {}) {
    this.#made += 1;
    const name = String(this.#made);
    const temporary = join(this.folder, name);
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    const run = { mark: `${basename(this.folder)}-${name}`, temporary, enclosed: this.#enclose };
    const report = join(this.folder, `${name}.json`);
    const watched = [process.execPath, WATCHED, JSON.stringify({ report, ...run }), process.execPath, ...args];
    const ended = await this.#spawn(
      this.#enclose ? enclosed(watched) : watched,
      { ...ENVIRONMENT, ...env, TMPDIR: temporary, [MARK]: run.mark },
      onLine,
    );
    removeMarked(run);
    rmSync(temporary, { recursive: true, force: true });
    return { ...ended, left: leftBehind(report, temporary) };
  }

  #spawn(words, env, onLine) {
    return new Promise((resolve) => {
      let output = "";
      let line = "";
      const child = spawn(words[0], words.slice(1), {
        cwd: root,
        env,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.#running.add(child);
      child.stdout.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
        const lines = (line + chunk).split("\n");
        line = lines.pop();
        for (const each of lines) onLine?.(each);
      });
      child.stderr.setEncoding("utf8").on("data", (chunk) => (output += chunk));
      const timer = setTimeout(() => {
        output += `\nstopped: took longer than ${COMMAND_TIMEOUT_MS / 60_000} minutes\n`;
        kill(child);
      }, COMMAND_TIMEOUT_MS);
      const end = (code) => {
        clearTimeout(timer);
        this.#running.delete(child);
        resolve({ ok: code === 0, code, output });
      };
      child.on("error", (error) => {
        output += `${error.message}\n`;
        end(null);
      });
      child.on("close", end);
    });
  }

  /** Kills the commands that are running; their `run` resolves. */
  stop() {
    for (const child of this.#running) kill(child);
  }

  /** Removes the folder; to be called when no command is running any more. */
  remove() {
    rmSync(this.folder, { recursive: true, force: true });
    this.#remover.stdin.end();
  }
}

function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** What a report says; a command that was killed has written none, and its namespaces ended with it. */
function leftBehind(report, temporary) {
  try {
    return JSON.parse(readFileSync(report, "utf8")).map((line) => line.replace(`${temporary}/`, ""));
  } catch {
    return [];
  }
}
