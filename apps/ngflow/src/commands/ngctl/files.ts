import { readFileSync, writeFileSync } from "node:fs";
import { ERRNO, type ErrnoName } from "@ngflow/base";
import { CommandError } from "./command-error.ts";

/** FreeBSD's text for a failed system call of this machine. */
export function systemErrorText(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "EISDIR") return "Is a directory";
  if (code === "ENOTDIR") return "Not a directory";
  if (code === "ENOSPC") return "No space left on device";
  if (code === "EROFS") return "Read-only file system";
  return Object.hasOwn(ERRNO, code) ? ERRNO[code as ErrnoName][1] : (error as Error).message;
}

/** @throws CommandError `<file>: <strerror>`. */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${file}: ${systemErrorText(error)}`);
  }
}

/** @throws CommandError `Could not open <file> for writing: <strerror>`. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandError(`Could not open ${file} for writing: ${systemErrorText(error)}`);
  }
}
