/**
 * Text of the control plane is a byte string: one character per byte, 0 to 255, as the kernel sees it. Text with other
 * characters stands for its UTF-8 bytes.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The bytes of a text: its characters if all are below 256, else its UTF-8 form. */
export function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return encoder.encode(text);
    bytes[i] = code;
  }
  return bytes;
}

/** A text as a byte string. */
export function toByteString(text: string): string {
  return textOfBytes(bytesOfText(text), 0, undefined, false);
}

/** The characters from `start` up to `end`, or up to a zero byte before it. */
export function textOfBytes(bytes: Uint8Array, start: number, end = bytes.length, stopAtZero = true): string {
  let text = "";
  for (let i = start; i < end && !(stopAtZero && bytes[i] === 0); i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** A byte string for people: as UTF-8 where it is that, else unchanged. */
export function displayText(text: string): string {
  try {
    return decoder.decode(bytesOfText(text));
  } catch {
    return text;
  }
}
