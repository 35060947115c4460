import { OutputFile } from "../export/output-file.ts";
import type { ReplayDatagram } from "./replay-queue.ts";
import type { ReplaySender } from "./replay-sender.ts";

/** Writes messages one after the other: an IPFIX file (RFC 5655). @throws ExportError */
export class FileWriter implements ReplaySender {
  readonly #file: OutputFile;
  readonly #senders = new Set<string>();
  readonly sendErrors = 0;
  readonly refused = 0;

  constructor(path: string) {
    this.#file = new OutputFile(path);
  }

  get senders(): number {
    return this.#senders.size;
  }

  send({ bytes, address }: ReplayDatagram): Promise<void> {
    this.#senders.add(address);
    this.#file.write(bytes);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#file.close();
    return Promise.resolve();
  }

  discard(): void {
    this.#file.discard();
  }
}
