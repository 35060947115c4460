import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { BrokerRefusal } from "./broker-errors.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Broker, KafkaTarget } from "./kafka-target.ts";
import { MECHANISMS, signIn } from "./sasl.ts";

/** Requests of Kafka's protocol, with the versions that this client has: the oldest and the newest. */
export const REQUESTS = {
  produce: { key: 0, versions: [3, 7] },
  metadata: { key: 3, versions: [1, 5] },
  saslHandshake: { key: 17, versions: [1, 1] },
  apiVersions: { key: 18, versions: [0, 0] },
  initProducerId: { key: 22, versions: [0, 1] },
  saslAuthenticate: { key: 36, versions: [0, 1] },
} as const;
export type Request = keyof typeof REQUESTS;

const CLIENT = "ngflow";
/** Longest answer that is read; those of a producer are short. */
const MOST_BYTES = 16 << 20;

type Waiting = { readonly resolve: (answer: ByteReader) => void; readonly reject: (error: Error) => void };

/** A connection to a broker, signed in. Requests are answered in order. After a failure it is of no use any more. */
export class BrokerConnection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #versions: ReadonlyMap<number, readonly [number, number]> = new Map();
  #received: Buffer = Buffer.alloc(0);
  #correlation = 0;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the broker closed the connection")));
  }

  /** Connects and signs in. @throws Error */
  static async open(broker: Broker, target: KafkaTarget, signal: AbortSignal): Promise<BrokerConnection> {
    const { host, port } = broker;
    const { tls, sasl } = target;
    const read = (path: string | undefined): Buffer | undefined =>
      path === undefined ? undefined : readFileSync(path);
    const socket = tls
      ? connectTls({
          ...{ host, port, ca: read(tls.caFile), cert: read(tls.certFile), key: read(tls.keyFile) },
          ...(isIP(host) === 0 && { servername: host }),
        })
      : connect({ host, port });
    socket.setNoDelay(true);
    const connection = new BrokerConnection(socket);
    const stop = (): void => connection.#fail(new Error("no connection in time"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once(tls ? "secureConnect" : "connect", resolve);
        socket.once("error", reject);
        socket.once("close", () => reject(connection.#failure ?? new Error("the broker closed the connection")));
        if (signal.aborted) stop();
      });
      connection.#versions = await connection.#askVersions(signal);
      if (sasl !== undefined) await connection.#signIn(sasl, signal);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  get usable(): boolean {
    return this.#failure === undefined;
  }

  /** The version of a request that both sides have; undefined where there is none. */
  versionOf(request: Request): number | undefined {
    const { key, versions } = REQUESTS[request];
    const [oldest, newest] = this.#versions.get(key) ?? [0, -1];
    const version = Math.min(versions[1], newest);
    return version >= Math.max(versions[0], oldest) ? version : undefined;
  }

  /** Sends a request and resolves to its answer. @throws Error when the connection fails or the signal aborts */
  async ask(request: Request, body: ByteWriter, signal: AbortSignal): Promise<ByteReader> {
    const version = this.versionOf(request);
    if (version === undefined) throw new Error(`the broker has no version of ${request} that ngflow has`);
    return this.#send(request, version, body, signal);
  }

  close(): void {
    this.#fail(new Error("the connection was closed"));
  }

  async #send(request: Request, version: number, body: ByteWriter, signal: AbortSignal): Promise<ByteReader> {
    if (this.#failure !== undefined) throw this.#failure;
    const id = (this.#correlation = (this.#correlation + 1) & 0x7fffffff);
    const message = new ByteWriter()
      .int16(REQUESTS[request].key)
      .int16(version)
      .int32(id)
      .string(CLIENT)
      .raw(body.done());
    const stop = (): void => this.#fail(new Error("no answer in time"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await new Promise<ByteReader>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#socket.write(new ByteWriter().bytes(message.done()).done());
        if (signal.aborted) stop();
      });
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #askVersions(signal: AbortSignal): Promise<ReadonlyMap<number, readonly [number, number]>> {
    const answer = await this.#send("apiVersions", 0, new ByteWriter(), signal);
    const code = answer.int16();
    if (code !== 0) throw new BrokerRefusal(code);
    return new Map(answer.list(() => [answer.int16(), [answer.int16(), answer.int16()]] as const));
  }

  async #signIn(
    { mechanism, user, passwordFile }: NonNullable<KafkaTarget["sasl"]>,
    signal: AbortSignal,
  ): Promise<void> {
    const offer = await this.#send("saslHandshake", 1, new ByteWriter().string(MECHANISMS[mechanism]), signal);
    const code = offer.int16();
    const offered = offer.list(() => offer.string());
    if (code !== 0) throw new BrokerRefusal(code, `it has ${offered.join(", ")}`);
    const password = readFileSync(passwordFile, "utf8").trim();
    await signIn(mechanism, user, password, async (message) => {
      const answer = await this.ask("saslAuthenticate", new ByteWriter().bytes(message), signal);
      const refused = answer.int16();
      const reason = answer.string();
      if (refused !== 0) throw new BrokerRefusal(refused, reason);
      return answer.bytes();
    });
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    while (this.#received.length >= 4) {
      const length = this.#received.readInt32BE(0);
      if (length < 4 || length > MOST_BYTES) return this.#fail(new Error("this is not a Kafka broker"));
      if (this.#received.length < 4 + length) return;
      const answer = this.#received.subarray(4, 4 + length);
      this.#received = this.#received.subarray(4 + length);
      const id = answer.readInt32BE(0);
      const waiting = this.#waiting.get(id);
      if (waiting === undefined) return this.#fail(new Error("the broker answered what was not asked"));
      this.#waiting.delete(id);
      waiting.resolve(new ByteReader(answer.subarray(4)));
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#socket.destroy();
  }
}
