import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { NgflowError } from "@ngflow/base";
import { ServiceError } from "../errors.ts";
import { MAX_RC_CONF_BYTES, rcConfError } from "./parse.ts";

/**
 * The text of a file; undefined when there is none.
 *
 * @throws NgflowError when it cannot be read, is too long or is not UTF-8, with the line where that shows.
 */
export function readRcConf(file: string): string | undefined {
  const bytes = readBounded(file);
  if (bytes === undefined) return undefined;
  if (bytes.length > MAX_RC_CONF_BYTES) {
    throw rcConfError(
      file,
      lineCount(bytes.subarray(0, MAX_RC_CONF_BYTES)),
      `the file is longer than the limit of ${MAX_RC_CONF_BYTES} bytes`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw rcConfError(file, lineOfDamage(bytes), "this line is not UTF-8; save the file as UTF-8");
  }
}

/** The file's bytes, and one more than allowed of a file that is longer. */
function readBounded(file: string): Uint8Array | undefined {
  let descriptor: number | undefined;
  try {
    // A named pipe or a device could block the reader or never end.
    if (!statSync(file).isFile()) throw unreadable(file, "it is not a regular file");
    descriptor = openSync(file, "r");
    const bytes = new Uint8Array(MAX_RC_CONF_BYTES + 1);
    let length = 0;
    for (;;) {
      const got = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += got;
      if (got === 0) return bytes.subarray(0, length);
    }
  } catch (error) {
    if (error instanceof NgflowError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(file, message);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function unreadable(file: string, why: string): ServiceError {
  return new ServiceError("rc-conf-unreadable", `${file}: cannot be read: ${why}`);
}

function lineCount(bytes: Uint8Array): number {
  let lines = 1;
  for (const byte of bytes) if (byte === 0x0a) lines++;
  return lines;
}

function lineOfDamage(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return line - 1;
}

/**
 * Replaces a file at once: a reader sees the old text or the new one, and a crash leaves one of them. Mode and owner
 * stay; a symbolic link stays one.
 *
 * @throws NgflowError (exit 73) when it cannot be written, or would be too long to be read again.
 */
export function writeRcConf(file: string, text: string): void {
  if (Buffer.byteLength(text) > MAX_RC_CONF_BYTES) {
    const what = `it would be longer than the limit of ${MAX_RC_CONF_BYTES} bytes; nothing was changed`;
    throw new ServiceError("rc-conf-too-long", `${file}: ${what}`);
  }
  try {
    replaceFile(file, text);
  } catch (error) {
    throw new ServiceError(
      "rc-conf-unwritable",
      `${file}: cannot be written: ${(error as Error).message}; run this as root, or name another file`,
      { cause: error },
    );
  }
}

function replaceFile(file: string, text: string): void {
  const before = statSync(file, { throwIfNoEntry: false });
  const target = before === undefined ? file : realpathSync(file);
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  const descriptor = openSync(temporary, "wx", 0o600);
  try {
    try {
      writeFileSync(descriptor, text);
      if (before !== undefined && process.getuid?.() === 0) fchownSync(descriptor, before.uid, before.gid);
      fchmodSync(descriptor, before === undefined ? 0o644 : before.mode & 0o7777);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
