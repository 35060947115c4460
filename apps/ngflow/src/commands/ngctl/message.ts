import { decodeMessage, NgError, NAME_BYTES, PATH_BYTES } from "@ngflow/graph";

/** Sizes of the fixed text fields of messages, the zero included. */
export const NAME = NAME_BYTES;
export const PATH = PATH_BYTES;

/** Fixed, zero-padded fields one after the other; a longer text is cut to leave room for the zero, as ngctl does. */
export function cFields(...fields: readonly (readonly [text: string, size: number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [text, size] of fields) {
    bytes.set(Buffer.from(text, "utf8").subarray(0, size - 1), at);
    at += size;
  }
  return bytes;
}

/** Zero-terminated text at the beginning of `bytes`. */
export function cText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** The message in `bytes`; undefined when they are not a message. */
export function messageOf(bytes: Uint8Array): ReturnType<typeof decodeMessage> | undefined {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    if (error instanceof NgError) return undefined;
    throw error;
  }
}
