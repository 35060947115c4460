import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { openInput } from "../decode/input.ts";

/** Bytes that are read at once. */
export const PIECE_BYTES = 2 ** 20;

/**
 * What is in a file, or what it decompresses to if it is compressed with gzip, in pieces. @throws DecodeError where it
 * is damaged, after what is before.
 */
export async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  const input = await openInput(file);
  try {
    for (let isLast = false; !isLast;) {
      const piece = new Uint8Array(PIECE_BYTES);
      let length = 0;
      let fault: unknown;
      try {
        for (let n = -1; n !== 0 && length < piece.length; length += n) n = await input.read(piece.subarray(length));
        isLast = length < piece.length;
      } catch (error) {
        fault = error;
      }
      if (length > 0) yield piece.subarray(0, length);
      if (fault !== undefined) throw fault;
    }
  } finally {
    input.close();
  }
}

/** The lines of a text in UTF-8, without their ends. */
export async function* linesOf(text: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + decoder.write(Buffer.from(piece))).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}

/** Whether a file is compressed with gzip. @throws the system's error. */
export async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
