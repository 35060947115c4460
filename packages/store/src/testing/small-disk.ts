import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

const PIECE_BYTES = 65_536;
const LEAST_BYTES = 4096;
/** What is given back meanwhile is taken again this often. */
const AGAIN_MS = 50;

/** A disk of its own for a directory: a tmpfs. Only for a process with mounts of its own, which is what removes it. */
export function mountSmallDisk(directory: string, mebibytes: number): void {
  mkdirSync(directory, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", directory]);
}

/** Fills the disk of a directory to the last byte, and keeps it full until the function that it returns is called. */
export function fillDisk(directory: string): () => void {
  const file = path.join(directory, "filler");
  const descriptor = openSync(file, "w");
  const fill = (): void => {
    for (let bytes = PIECE_BYTES; bytes >= LEAST_BYTES; bytes /= 2) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  };
  fill();
  const timer = setInterval(fill, AGAIN_MS);
  return () => {
    clearInterval(timer);
    closeSync(descriptor);
    rmSync(file);
  };
}
