import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Small JSON files in `DIR/run` through which the daemons of one data directory find each other. */
export interface RunFile<T> {
  write(value: T): void;
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
    write(value) {
      mkdirSync(directory, { recursive: true });
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify(value));
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
