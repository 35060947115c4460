import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Small JSON files in `DIR/run` through which the daemons of one data directory find each other. */
export interface RunFile<T> {
  /** @param mode permission bits, 0644 by default. */
  write(value: T, mode?: number): void;
  /** The value, if the file exists, is complete, and its process is alive. */
  read(): T | undefined;
  remove(): void;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** `DIR/run/<name>.json`, written by atomic rename so that readers never see half of it. */
export function runFile<T extends { pid: number }>(dataDirectory: string, name: string): RunFile<T> {
  const directory = join(dataDirectory, "run");
  const path = join(directory, `${name}.json`);
  return {
    write(value, mode = 0o644) {
      mkdirSync(directory, { recursive: true });
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify(value), { mode });
      renameSync(temporary, path);
    },
    read() {
      try {
        const value = JSON.parse(readFileSync(path, "utf8")) as T;
        return lives(value.pid) ? value : undefined;
      } catch {
        return undefined;
      }
    },
    remove() {
      rmSync(path, { force: true });
    },
  };
}

/** What `ngflow serve` or `up` tells the commands of its own user: where it answers, and the token it asks for. */
export interface ServeAddress {
  readonly pid: number;
  readonly url: string;
  readonly token: string | null;
}

/** The address of the daemon that has a data directory open. */
export function serveFile(dataDirectory: string): RunFile<ServeAddress> {
  return runFile<ServeAddress>(dataDirectory, "serve");
}

/** The headers of a request to that daemon. */
export function authorization({ token }: Pick<ServeAddress, "token">): Readonly<Record<string, string>> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
