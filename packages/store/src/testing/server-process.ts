import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A `startSqlServer` in a process of its own: a process can have one embedded database open. */
export interface ServerProcess {
  /** `host:port`. */
  readonly host: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/**
 * @param directory of the database, in one that exists and that the test removes
 * @param port any free one when absent
 */
export async function startServerProcess(directory: string, port = 0): Promise<ServerProcess> {
  const file = fileURLToPath(new URL("sql-server.ts", import.meta.url));
  const child = fork(file, [directory, String(port)], {
    execArgv: ["--conditions=@ngflow/source", "--import", fileURLToPath(new URL("source-loader.mjs", import.meta.url))],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    // What is uploaded is there for a moment, also that in which the server is killed.
    env: { ...process.env, TMPDIR: path.dirname(directory) },
  });
  const ended = once(child, "exit");
  const host = await Promise.race([
    once(child, "message").then(([message]) => String(message)),
    ended.then(() => {
      throw new Error("the server did not start");
    }),
  ]);
  return {
    host,
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await ended;
    },
  };
}
