import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { HeldAnswer } from "./query-gate.ts";
import type { Turns } from "./turns.ts";

/** What holds memory until an answer is sent. */
export type Held = Pick<HeldAnswer<unknown>, "progress" | "onCut" | "release">;

const TYPE = { "content-type": "application/json" };

/**
 * Answers with JSON that is made piece by piece, as fast as the client reads it. An answer of one piece has a length;
 * a longer one is sent in chunks. `held` is released when the last piece was taken, or when the client is gone.
 */
export function sendJson(c: Context, pieces: Iterator<string>, turns: Turns, held?: Held): Response {
  const first = pieces.next();
  const second = first.done ? first : pieces.next();
  if (first.done || second.done) {
    held?.release();
    return c.body(first.done ? "" : first.value, 200, TYPE);
  }
  const body = bodyOf([first.value, second.value], pieces, turns, held);
  held?.onCut(() => cutConnection(c.env));
  if (held) c.req.raw.signal.addEventListener("abort", () => held.release(), { once: true });
  return c.body(body, 200, TYPE);
}

function bodyOf(
  made: string[],
  pieces: Iterator<string>,
  turns: Turns,
  held: Held | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(controller) {
        held?.progress();
        let text = made.shift();
        if (text === undefined) {
          await turns.next();
          const next = pieces.next();
          if (next.done) {
            held?.release();
            controller.close();
            return;
          }
          text = next.value;
        }
        controller.enqueue(Buffer.from(text));
      },
      cancel: () => held?.release(),
    },
    { highWaterMark: 0 },
  );
}

/** Breaks the connection of a request; what Node.js buffered for it is freed. */
export function cutConnection(env: unknown): void {
  (env as Partial<HttpBindings> | undefined)?.outgoing?.destroy();
}
