import { ApiError } from "./errors.ts";
import type { Sample, Sampler } from "./sampler.ts";

export interface EventStreamConfig {
  readonly maxClients: number;
  /** Bytes that may wait for one client. */
  readonly maxBacklogBytes: number;
}

/** Counters of the event stream. */
export interface EventStreamCounters {
  opened: number;
  refused: number;
  /** Clients that were disconnected because they did not read. */
  droppedSlow: number;
}

/** Samples between two comment lines that keep proxies from closing a stream on which nothing changes. */
const HEARTBEAT_EVERY = 10;

/**
 * The server-sent events of `/api/v1/events`: `pipeline` and `graph` once a tick, `heartbeat` every ten ticks. Each
 * sample is encoded once for all clients. A client whose backlog exceeds the limit is disconnected and may reconnect.
 */
export class EventStream {
  readonly counters: EventStreamCounters = { opened: 0, refused: 0, droppedSlow: 0 };
  readonly #config: EventStreamConfig;
  readonly #sampler: Sampler;
  readonly #clients = new Map<ReadableStreamDefaultController<Uint8Array>, () => void>();
  readonly #encoder = new TextEncoder();
  #unlisten: (() => void) | undefined;
  #samples = 0;
  #last: Uint8Array | undefined;

  constructor(config: EventStreamConfig, sampler: Sampler) {
    this.#config = config;
    this.#sampler = sampler;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /**
   * A new client's stream of encoded events. `cut` closes the connection of a client that is too slow.
   *
   * @throws ApiError `too-many-event-clients`.
   */
  open(cut: () => void): ReadableStream<Uint8Array> {
    if (this.#clients.size >= this.#config.maxClients) {
      this.counters.refused++;
      throw new ApiError("too-many-event-clients", `${this.#clients.size} event streams are open; close one and retry`);
    }
    this.counters.opened++;
    let own: ReadableStreamDefaultController<Uint8Array>;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller;
          this.#clients.set(controller, cut);
          controller.enqueue(this.#encoder.encode("retry: 2000\n\n"));
          if (this.#last) controller.enqueue(this.#last);
          this.#unlisten ??= this.#sampler.listen((sample) => this.#send(sample));
        },
        cancel: () => this.#forget(own),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: this.#config.maxBacklogBytes }),
    );
  }

  /** Ends every stream. */
  stop(): void {
    for (const client of this.#clients.keys()) client.close();
    this.#clients.clear();
    this.#idle();
  }

  #send(sample: Sample): void {
    let text = `event: pipeline\ndata: ${JSON.stringify({ timeMs: sample.timeMs, ...sample.pipeline })}\n\n`;
    if (sample.graph) text += `event: graph\ndata: ${JSON.stringify(sample.graph)}\n\n`;
    if (this.#samples++ % HEARTBEAT_EVERY === 0) {
      text += `event: heartbeat\ndata: ${JSON.stringify({ timeMs: sample.timeMs })}\n\n`;
    }
    const bytes = this.#encoder.encode(text);
    this.#last = bytes;
    for (const [client, cut] of this.#clients) {
      if ((client.desiredSize ?? 0) >= bytes.length) client.enqueue(bytes);
      else {
        this.counters.droppedSlow++;
        this.#forget(client);
        cut();
      }
    }
  }

  #forget(client: ReadableStreamDefaultController<Uint8Array>): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#idle();
  }

  #idle(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#last = undefined;
  }
}
