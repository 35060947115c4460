import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Imported, Journal } from "./journal.ts";

/** Bytes that tell files apart at first; of shorter files, the first of them. */
const HEAD_BYTES = 65_536;
const SHORT_HEAD_BYTES = 64;

/** A file, by its content. */
export interface Identity {
  readonly id: string;
  readonly head: string;
  readonly bytes: number;
  /** The same content, or an earlier part of it, if that was imported; of several the longest. */
  readonly known: Imported | undefined;
}

/** Reads a file to its end. @throws the system's error. */
export async function identify(file: string, journal: Journal): Promise<Identity> {
  const start = await startOf(file);
  const short = `${sha256(start.subarray(0, SHORT_HEAD_BYTES))}-short`;
  const long = start.length < HEAD_BYTES ? undefined : sha256(start);
  const parts = [short, ...(long === undefined ? [] : [long])]
    .flatMap((head) => journal.beginningWith(head))
    .sort((one, other) => one.bytes - other.bytes);
  const hash = createHash("sha256");
  let bytes = 0;
  let known: Imported | undefined;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    let at = 0;
    for (let [next] = parts; next !== undefined && next.bytes <= bytes + chunk.length; [next] = parts) {
      const end = next.bytes - bytes;
      hash.update(chunk.subarray(at, end));
      at = end;
      if (hash.copy().digest("hex") === next.id) known = next;
      parts.shift();
    }
    hash.update(chunk.subarray(at));
    bytes += chunk.length;
  }
  return { id: hash.digest("hex"), head: long ?? short, bytes, known };
}

/** The first bytes of a file, at most HEAD_BYTES. */
async function startOf(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const buffer = new Uint8Array(HEAD_BYTES);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, HEAD_BYTES - length, length);
      if (bytesRead === 0) return buffer.subarray(0, length);
      length += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
