import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A batch as a client sent it. */
export interface SentBatch {
  readonly partition: number;
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
  readonly count: number;
  readonly bytes: Buffer;
}

const [PRODUCE, HANDSHAKE, VERSIONS, AUTHENTICATE] = [0, 17, 18, 36];

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);

/** Cuts a stream into messages of Kafka's protocol, each with its length. */
function frames(take: (message: Buffer) => void): (bytes: Buffer) => void {
  let left = Buffer.alloc(0);
  return (bytes) => {
    left = Buffer.concat([left, bytes]);
    while (left.length >= 4 && left.length >= 4 + left.readInt32BE(0)) {
      const end = 4 + left.readInt32BE(0);
      take(left.subarray(0, end));
      left = left.subarray(end);
    }
  };
}

/**
 * What is in front of a broker on loopback: TLS, SASL, and a network that fails. The broker may be librdkafka's, which
 * has none of them.
 */
export class KafkaFront {
  readonly batches: SentBatch[] = [];
  readonly #broker: number;
  readonly #server: Server;
  readonly #user: { readonly name: string; readonly password: string } | undefined;
  readonly #sockets = new Set<Socket>();
  /** So many answers to batches do not arrive: the connection ends instead. The broker has the batch. */
  swallow = 0;
  #port = 0;

  constructor(broker: number, { tls, user }: { tls?: TlsOptions; user?: { name: string; password: string } } = {}) {
    this.#broker = broker;
    this.#user = user;
    const serve = (client: Socket): void => this.#serve(client);
    this.#server = tls ? createTlsServer(tls, serve).on("tlsClientError", () => undefined) : createServer(serve);
  }

  /** Listens, after `down` on the same port. Resolves to the port. */
  async up(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    return (this.#port = (this.#server.address() as AddressInfo).port);
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    const broker = connect(this.#broker, "127.0.0.1");
    const keys = new Map<number, number>();
    const sasl = this.#user && saslServer(this.#user);
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on(
      "data",
      frames((message) => {
        const [key, id] = [message.readInt16BE(4), message.readInt32BE(8)];
        const body = message.subarray(14 + Math.max(0, message.readInt16BE(12)));
        keys.set(id, key);
        if (key === HANDSHAKE || key === AUTHENTICATE) {
          const answer = sasl?.(key === HANDSHAKE ? "handshake" : "authenticate", body) ?? int16(33);
          client.write(Buffer.concat([int32(4 + answer.length), int32(id), answer]));
          return;
        }
        if (sasl !== undefined && key !== VERSIONS && !sasl.done()) return void client.destroy();
        if (key === PRODUCE) this.batches.push(batchOf(body));
        broker.write(message);
      }),
    );
    const own = Buffer.concat([text("127.0.0.1"), int32(this.#broker)]);
    broker.on(
      "data",
      frames((message) => {
        const key = keys.get(message.readInt32BE(4));
        if (key === PRODUCE && this.swallow > 0) {
          this.swallow--;
          client.destroy();
          return;
        }
        // Clients connect to what the broker names.
        for (let at = message.indexOf(own); at >= 0; at = message.indexOf(own, at + 1))
          message.writeInt32BE(this.#port, at + own.length - 4);
        client.write(key === VERSIONS ? withSasl(message) : message);
      }),
    );
  }
}

/** Adds the requests of SASL to the versions of a broker (version 0 of the answer). */
function withSasl(message: Buffer): Buffer {
  const rows = [HANDSHAKE, AUTHENTICATE].map((key) => Buffer.concat([int16(key!), int16(0), int16(1)]));
  const count = message.readInt32BE(10);
  const body = Buffer.concat([message.subarray(4, 10), int32(count + rows.length), message.subarray(14), ...rows]);
  return Buffer.concat([int32(body.length), body]);
}

function batchOf(body: Buffer): SentBatch {
  // No transactional id, acks, timeout, one topic with one partition.
  const at = 2 + 2 + 4 + 4 + 2 + body.readInt16BE(12) + 4;
  const batch = body.subarray(at + 8);
  return {
    partition: body.readInt32BE(at),
    producerId: batch.readBigInt64BE(43),
    epoch: batch.readInt16BE(51),
    sequence: batch.readInt32BE(53),
    count: batch.readInt32BE(57),
    bytes: Buffer.from(batch),
  };
}

type Sasl = ((step: "handshake" | "authenticate", body: Buffer) => Buffer) & { done(): boolean };

/** The broker's side of PLAIN and SCRAM (RFC 5802 §3), by the words of the RFC. */
function saslServer({ name, password }: { readonly name: string; readonly password: string }): Sasl {
  let [mechanism, signedIn] = ["", false];
  let first: { readonly bare: string; readonly challenge: string; readonly nonce: string; readonly salted: Buffer };
  const refused = Buffer.concat([int16(58), text("no such user"), int32(0)]);
  const answer = (message: string): Buffer =>
    Buffer.concat([int16(0), int16(-1), int32(message.length), Buffer.from(message)]);
  const step = (what: "handshake" | "authenticate", body: Buffer): Buffer => {
    if (what === "handshake") {
      mechanism = body.toString("utf8", 2, 2 + body.readInt16BE(0));
      return Buffer.concat([int16(0), int32(1), text(mechanism)]);
    }
    const message = body.toString("utf8", 4);
    if (mechanism === "PLAIN") {
      signedIn = message === `\0${name}\0${password}`;
      return signedIn ? answer("") : refused;
    }
    const hash = mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512";
    const hmac = (key: Buffer, of: string): Buffer => createHmac(hash, key).update(of).digest();
    if (message.startsWith("n,,")) {
      const bare = message.slice(3);
      if (!bare.startsWith(`n=${name},`)) return refused;
      const nonce = `${bare.slice(bare.indexOf(",r=") + 3)}broker`;
      const salt = randomBytes(16);
      const challenge = `r=${nonce},s=${salt.toString("base64")},i=4096`;
      const salted = pbkdf2Sync(password, salt, 4096, hash === "sha256" ? 32 : 64, hash);
      first = { bare, challenge, nonce, salted };
      return answer(challenge);
    }
    const [unproved, proof = ""] = message.split(",p=");
    const signed = `${first.bare},${first.challenge},${unproved}`;
    const stored = createHash(hash).update(hmac(first.salted, "Client Key")).digest();
    const signature = hmac(stored, signed);
    const key = Buffer.from(Buffer.from(proof, "base64").map((byte, i) => byte ^ signature[i]!));
    signedIn = unproved === `c=biws,r=${first.nonce}` && createHash(hash).update(key).digest().equals(stored);
    return signedIn ? answer(`v=${hmac(hmac(first.salted, "Server Key"), signed).toString("base64")}`) : refused;
  };
  return Object.assign(step, { done: () => signedIn });
}
