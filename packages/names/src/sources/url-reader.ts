import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NamesError } from "../errors.ts";
import { replaceFile } from "../whole-file.ts";
import { type Fetched, MAX_SOURCE_BYTES, type Reader } from "./reader.ts";

/** How often an address is asked, and how long it may take. */
const ASK_MS = 300_000;
const ANSWER_MS = 60_000;

export function isUrl(from: string): boolean {
  return /^https?:\/\//i.test(from);
}

/** Asks an address, with the ETag or time of its last answer, so that it sends again only what has changed. */
export class UrlReader implements Reader {
  readonly intervalMs = ASK_MS;
  readonly #url: string;
  readonly #directory: string;
  #headers: Record<string, string> = {};
  #next: Record<string, string> = {};
  isSame = false;

  constructor(url: string, directory: string) {
    this.#url = url;
    this.#directory = directory;
  }

  get #copy(): string {
    return join(this.#directory, createHash("sha256").update(this.#url).digest("hex").slice(0, 32));
  }

  async read(): Promise<Fetched | undefined> {
    this.isSame = false;
    const signal = AbortSignal.timeout(ANSWER_MS);
    let answer: Response;
    try {
      answer = await fetch(this.#url, { headers: this.#headers, signal });
    } catch (cause) {
      const { message, cause: inner } = cause as Error & { cause?: Error };
      throw new NamesError("names-unreadable", `it does not answer: ${inner?.message || message}`, { cause });
    }
    if (answer.status === 304) {
      this.isSame = true;
      await answer.body?.cancel();
      return undefined;
    }
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new NamesError("names-unreadable", `it answers ${answer.status} ${answer.statusText}`);
    }
    const bytes = await this.#bytesOf(answer);
    const [etag, modified] = [answer.headers.get("etag"), answer.headers.get("last-modified")];
    this.#next = {
      ...(etag === null ? {} : { "if-none-match": etag }),
      ...(modified === null ? {} : { "if-modified-since": modified }),
    };
    const madeAtMs = modified === null ? Number.NaN : Date.parse(modified);
    return { bytes, madeAtMs: Number.isNaN(madeAtMs) ? null : madeAtMs };
  }

  async #bytesOf(answer: Response): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const part of answer.body ?? []) {
        parts.push(part);
        length += part.length;
        if (length > MAX_SOURCE_BYTES) throw new Error(`it sends more than ${MAX_SOURCE_BYTES} bytes`);
      }
    } catch (cause) {
      throw new NamesError("names-unreadable", `its answer breaks off: ${(cause as Error).message}`, { cause });
    }
    return Buffer.concat(parts);
  }

  async lastGood(): Promise<Fetched | undefined> {
    try {
      const bytes = await readFile(this.#copy);
      return { bytes, madeAtMs: (await stat(this.#copy)).mtimeMs };
    } catch {
      return undefined;
    }
  }

  async keep({ bytes }: Fetched): Promise<void> {
    // Only what was good is not sent again.
    this.#headers = this.#next;
    try {
      await replaceFile(this.#copy, bytes);
    } catch {
      // It is asked for again after a restart.
    }
  }
}
