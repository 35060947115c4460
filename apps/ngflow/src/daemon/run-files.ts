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

/** What `ngflow serve` or `up` tells the commands of its machine: where it answers, and how to be believed there. */
export interface ServeAddress {
  readonly pid: number;
  readonly url: string;
  /** The certificate of HTTPS, PEM; null for HTTP. */
  readonly cert: string | null;
  /** The token for commands of the daemon's own user; null for those of others. */
  readonly token: string | null;
}

/** The address of the daemon that has a data directory open. Everybody may read it; the token only its user. */
export function serveFile(dataDirectory: string): RunFile<ServeAddress> {
  const address = runFile<Omit<ServeAddress, "token">>(dataDirectory, "serve");
  const key = runFile<Pick<ServeAddress, "pid" | "token">>(dataDirectory, "serve-key");
  return {
    write({ token, ...rest }) {
      key.write({ pid: rest.pid, token }, 0o600);
      address.write(rest);
    },
    read() {
      const found = address.read();
      if (found === undefined) return undefined;
      const own = key.read();
      return { ...found, token: own?.pid === found.pid ? own.token : null };
    },
    remove() {
      address.remove();
      key.remove();
    },
  };
}
