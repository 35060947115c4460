import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DecodeError } from "../decode/errors.ts";
import { decompressed, isGzip, PIECE_BYTES } from "./content.ts";
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

/** Bytes of a file, from its beginning on, in pieces. */
type Content = () => AsyncIterable<Uint8Array>;

/**
 * Reads a file to its end. What is compressed with gzip is known by what it decompresses to, unless an earlier release
 * imported it, which knew it by its own bytes.
 *
 * @throws the system's error.
 */
export async function identify(file: string, journal: Journal): Promise<Identity> {
  const own = await identityOf(() => createReadStream(file, { highWaterMark: PIECE_BYTES }), journal);
  if (own.known !== undefined || !(await isGzip(file))) return own;
  try {
    return await identityOf(() => decompressed(file), journal);
  } catch (error) {
    // Damaged: what reads it says so.
    if (error instanceof DecodeError) return own;
    throw error;
  }
}

async function identityOf(content: Content, journal: Journal): Promise<Identity> {
  const start = await startOf(content());
  const short = `${sha256(start.subarray(0, SHORT_HEAD_BYTES))}-short`;
  const long = start.length < HEAD_BYTES ? undefined : sha256(start);
  const parts = [short, ...(long === undefined ? [] : [long])]
    .flatMap((head) => journal.beginningWith(head))
    .sort((one, other) => one.bytes - other.bytes);
  const hash = createHash("sha256");
  let bytes = 0;
  let known: Imported | undefined;
  for await (const chunk of content()) {
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

/** The first bytes of a content, at most HEAD_BYTES. */
async function startOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length >= HEAD_BYTES) break;
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
