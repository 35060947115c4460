import { Background } from "../../support/command.ts";
import type { Host } from "../../support/hosts.ts";

/** The reply to one ping. */
export interface Reply {
  readonly sequence: number;
  readonly atMs: number;
}

/** Pings, every 100 ms by default, and records which were answered and when. It ends by itself. */
export class Pinger {
  readonly #ping: Background;

  constructor(from: Host, to: string, atMost = 400, intervalS = 0.1) {
    const words = ["ping", "-D", "-i", String(intervalS), "-c", String(atMost), "-W", "1", to];
    this.#ping = new Background(from.exec(words));
  }

  get replies(): Reply[] {
    const matches = this.#ping.stdout.matchAll(/^\[(\d+\.\d+)\] .*icmp_seq=(\d+) .*time=/gm);
    return [...matches].map(([, at, sequence]) => ({ sequence: Number(sequence), atMs: Number(at) * 1000 }));
  }

  /** Replies after a moment. */
  since(atMs: number): Reply[] {
    return this.replies.filter((reply) => reply.atMs > atMs);
  }

  /** Waits for a reply after `sinceMs`. Returns how many milliseconds after that it came. */
  async reply(sinceMs: number, timeoutMs = 5000): Promise<number> {
    await this.#ping.until("a reply to a ping", () => this.since(sinceMs).length > 0, timeoutMs);
    return this.since(sinceMs)[0]!.atMs - sinceMs;
  }

  /** Ends the pings. Returns how many were sent, and every reply. */
  async stop(): Promise<{ sent: number; replies: Reply[] }> {
    const { stdout } = await this.#ping.stop("SIGINT");
    return { sent: Number(/(\d+) packets transmitted/.exec(stdout)?.[1]), replies: this.replies };
  }
}
