import { readFileSync, statSync } from "node:fs";
import { systemReason } from "../output/system-reason.ts";
import { OptionsError } from "./errors.ts";

/** Bytes of a key of Crypto-PAn, for commands that do not load the collector. */
export const KEY_BYTES = 32;

/**
 * The key in a file: KEY_BYTES bytes, or as many in hexadecimal digits.
 *
 * @param option what names the file, for messages.
 * @throws OptionsError `tee-key`
 */
export function readKeyFile(option: string, file: string): Uint8Array {
  const fail = (fault: string): never => {
    throw new OptionsError(
      "tee-key",
      `${option}${file}: ${fault}; make a key with "(umask 077; head -c ${KEY_BYTES} /dev/urandom > ${file})"`,
    );
  };
  let bytes: Buffer;
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > 4 * KEY_BYTES) return fail(`not a file of ${KEY_BYTES} bytes`);
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof OptionsError) throw cause;
    return fail(`cannot be read: ${systemReason(cause)}`);
  }
  if (bytes.length === KEY_BYTES) return bytes;
  const text = bytes.toString("latin1").trim();
  if (text.length === 2 * KEY_BYTES && /^[0-9a-f]+$/i.test(text)) return Buffer.from(text, "hex");
  return fail(`it has ${bytes.length} bytes, and a key has ${KEY_BYTES}, or ${2 * KEY_BYTES} hexadecimal digits`);
}
