import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { ERRNO, type ErrnoName } from "@ngflow/base";
import { CommandError } from "./command-error.ts";

/** The files that the verbs of a session may use. Errors are CommandError with the file's name. */
export interface Files {
  readText(file: string): string;
  /** At most the first `bytes` bytes of a file. */
  readStart(file: string, bytes: number): Uint8Array;
  writeText(file: string, text: string): void;
}

/** FreeBSD's text for a failed system call of this machine. */
export function systemErrorText(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "EISDIR") return "Is a directory";
  if (code === "ENOTDIR") return "Not a directory";
  if (code === "ENOSPC") return "No space left on device";
  if (code === "EROFS") return "Read-only file system";
  return Object.hasOwn(ERRNO, code) ? ERRNO[code as ErrnoName][1] : (error as Error).message;
}

/** The files of this process's user. */
export const OWN_FILES: Files = {
  readText(file) {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      throw new CommandError(`${file}: ${systemErrorText(error)}`);
    }
  },
  readStart(file, bytes) {
    const buffer = new Uint8Array(bytes);
    let length = 0;
    try {
      const descriptor = openSync(file, "r");
      try {
        for (let got = -1; got !== 0 && length < bytes; length += got) {
          got = readSync(descriptor, buffer, length, bytes - length, null);
        }
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw new CommandError(`can't read file "${file}": ${systemErrorText(error)}`);
    }
    return buffer.subarray(0, length);
  },
  writeText(file, text) {
    try {
      writeFileSync(file, text);
    } catch (error) {
      throw new CommandError(`Could not open ${file} for writing: ${systemErrorText(error)}`);
    }
  },
};
