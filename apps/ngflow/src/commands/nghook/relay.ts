import type { Readable, Writable } from "node:stream";
import { strerror } from "@ngflow/base";
import type { ControlClient } from "../../control/client.ts";
import { hexDump } from "../ngctl/hex-dump.ts";

/** nghook's own hook. */
export const OWN_HOOK = "hook";

/** Largest packet read at once. */
const MAX_PACKET = 65536;
/** Most bytes waiting for a slow reader of the output. Above it packets are dropped, as with a full socket buffer. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;

/** A failure that ends the relay: the text after `nghook: `. */
export class RelayError extends Error {
  override name = "RelayError";
}

/** Prints or passes on the packets that arrive at the hook. */
export class PacketOutput {
  /** Packets dropped because the output was too slow. */
  dropped = 0;
  readonly #output: Writable;
  readonly #dump: boolean;

  constructor(output: Writable, dump: boolean) {
    this.#output = output;
    this.#dump = dump;
  }

  packet(packet: Uint8Array): void {
    if (this.#output.writableLength > OUTPUT_LIMIT) this.dropped++;
    else this.#output.write(this.#dump ? `${hexDump(packet)}\n` : packet);
  }
}

/**
 * Sends every chunk read from `input` as a packet, in order.
 * @throws RelayError when the hook refuses one. Resolves at the end of input.
 */
export async function sendInput(client: ControlClient, input: Readable): Promise<void> {
  for await (const chunk of input as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += MAX_PACKET) {
      const errno = await client.write(OWN_HOOK, chunk.subarray(at, at + MAX_PACKET));
      if (errno !== 0) throw new RelayError(`write(${OWN_HOOK}): ${strerror(errno)}`);
    }
  }
}
