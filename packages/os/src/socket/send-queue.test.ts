import { PacketBatch } from "@ngflow/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasLibc, type Libc, libc } from "../libc.ts";
import { QUEUE_BYTES, QUEUE_DATAGRAMS, SendQueue } from "./send-queue.ts";

/** The C library, with a sendmmsg that reads the vector as the kernel would and takes at most `limit` datagrams. */
class Kernel {
  readonly taken: string[] = [];
  limit = 0;
  readonly c: Libc = { ...libc(), sendmmsg: (_fd, vector, count) => this.#take(vector as bigint, count) };

  #read(address: bigint, length: number): DataView {
    return new DataView(libc().view(address, length));
  }

  #take(vector: bigint, count: number): number {
    const n = Math.min(count, this.limit);
    for (let i = 0; i < n; i++) {
      const header = this.#read(vector + BigInt(i * 64), 64);
      expect(header.getBigUint64(24, true)).toBe(1n);
      const iovec = this.#read(header.getBigUint64(16, true), 16);
      const length = Number(iovec.getBigUint64(8, true));
      const bytes =
        length === 0 ? new Uint8Array(0) : new Uint8Array(this.#read(iovec.getBigUint64(0, true), length).buffer);
      this.taken.push(new TextDecoder().decode(bytes));
    }
    return n;
  }
}

const linux = hasLibc();

describe.skipIf(!linux)(`the send queue${linux ? "" : ": not on Linux"}`, () => {
  function push(queue: SendQueue, text: string): boolean {
    return queue.push(PacketBatch.of(new TextEncoder().encode(text)), 0);
  }

  it("hands every datagram it accepted to the system, once and in order, however little that takes at a time", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ push: fc.nat(700), take: fc.nat(900) }), { minLength: 1, maxLength: 12 }),
        (rounds) => {
          const kernel = new Kernel();
          const queue = new SendQueue(kernel.c);
          const accepted: string[] = [];
          let number = 0;
          const send = (): void => {
            const n = queue.send(-1, 0);
            const bytes = queue.shift(n);
            expect(bytes).toBe(kernel.taken.slice(kernel.taken.length - n).join("").length);
          };
          for (const round of rounds) {
            for (let i = 0; i < round.push; i++) {
              const text = `datagram ${number++}`.padEnd(number % 40, ".");
              if (push(queue, text)) accepted.push(text);
            }
            kernel.limit = round.take;
            if (queue.length > 0) send();
            expect(queue.length).toBe(accepted.length - kernel.taken.length);
          }
          kernel.limit = Infinity;
          while (queue.length > 0) send();
          expect(kernel.taken).toEqual(accepted);
          queue.free();
        },
      ),
      { numRuns: 30 },
    );
  });

  it("has room again when half of it has been sent", () => {
    const kernel = new Kernel();
    const queue = new SendQueue(kernel.c);
    for (let i = 0; i < QUEUE_DATAGRAMS; i++) expect(push(queue, `${i}`)).toBe(true);
    expect(push(queue, "too many")).toBe(false);
    kernel.limit = QUEUE_DATAGRAMS / 2;
    queue.shift(queue.send(-1, 0));
    for (let i = 0; i < QUEUE_DATAGRAMS / 2; i++) expect(push(queue, `again ${i}`)).toBe(true);
    expect(push(queue, "too many")).toBe(false);
    queue.free();
  });

  it("keeps the receiver of each datagram when it moves what waits", () => {
    const receivers: string[] = [];
    const text = (address: bigint, length: number): string => new TextDecoder().decode(libc().view(address, length));
    const c: Libc = {
      ...libc(),
      sendmmsg(_fd, vector, count) {
        const headers = new DataView(libc().view(vector as bigint, count * 64));
        for (let i = 0; i < count; i++) {
          const length = headers.getUint32(i * 64 + 8, true);
          const address = headers.getBigUint64(i * 64, true);
          receivers.push(length === 0 ? `peer ${address}` : text(address, length));
        }
        return count;
      },
    };
    const queue = new SendQueue(c);
    const named = (i: number): string => (i % 3 === 0 ? "" : `receiver ${i}`);
    const expected: string[] = [];
    const fill = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        const name = named(i) === "" ? undefined : new TextEncoder().encode(named(i));
        expect(queue.push(PacketBatch.of(Uint8Array.of(i)), 0, name)).toBe(true);
        expected.push(named(i) === "" ? "peer 0" : named(i));
      }
    };
    fill(0, QUEUE_DATAGRAMS);
    const sent = QUEUE_DATAGRAMS / 2 + 1;
    queue.shift(sent);
    fill(QUEUE_DATAGRAMS, QUEUE_DATAGRAMS + sent);
    queue.send(-1, 0);
    expect(receivers).toEqual(expected.slice(sent));
    queue.free();
  });

  it("is bounded in bytes", () => {
    const queue = new SendQueue(libc());
    const large = PacketBatch.of(new Uint8Array(60_000));
    let accepted = 0;
    while (queue.push(large, 0)) accepted++;
    expect(accepted).toBe(Math.floor(QUEUE_BYTES / 60_000));
    queue.free();
  });
});
