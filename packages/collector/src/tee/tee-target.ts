import { type Log, PacketBatch, parseIp } from "@ngflow/base";
import {
  type DatagramSocket,
  KernelError,
  openDatagramSocket,
  type SocketAddress,
  SpoofingSocket,
} from "@ngflow/os/udp";

/** Another collector, to which the datagrams are sent too. */
export interface TeeConfig {
  /** Its address, not a name. */
  readonly host: string;
  readonly port: number;
  /** Whether to keep the address and port of each sender. */
  readonly spoof: boolean;
  /** Key of CryptoPAn (KEY_BYTES bytes) to send anonymised copies instead; absent to send datagrams as they came. */
  readonly anonymiseKey?: Uint8Array;
}

/** The senders whose addresses are kept as bytes at a time. */
const SOURCES_MOST = 4096;

/** What happened to the datagrams for a target. */
export interface TeeCounters {
  /** Taken by the system. */
  readonly sent: number;
  /** Dropped because the target's queue was full. */
  readonly dropped: number;
  /** Refused by the system, or by the target's machine because nothing listens there. */
  readonly refused: number;
}

/** Sends datagrams to one target. Nothing waits for it: its queue has 1024 datagrams, at most 2 MiB. */
export class TeeTarget {
  readonly config: TeeConfig;
  readonly #own: DatagramSocket;
  readonly #spoofing: SpoofingSocket | undefined;
  readonly #isIpv4: boolean;
  readonly #batch = new PacketBatch(1);
  /** Addresses of senders in the target's family; null where there is none. */
  readonly #sources = new Map<string, Uint8Array | null>();

  /** @throws KernelError when the system refuses the address */
  constructor(config: TeeConfig, log: Log) {
    this.config = config;
    const target = socketAddress(config);
    this.#isIpv4 = target.family === "inet";
    this.#own = openDatagramSocket(target.family);
    try {
      this.#own.connect(target);
    } catch (error) {
      this.#own.close();
      throw error;
    }
    this.#spoofing = config.spoof ? this.#openSpoofing(target, log) : undefined;
  }

  #openSpoofing(target: InetAddress, log: Log): SpoofingSocket | undefined {
    try {
      return new SpoofingSocket(target);
    } catch (error) {
      const why = error instanceof KernelError && error.code === "EPERM" ? "it needs CAP_NET_RAW" : String(error);
      log.warn({ target: teeName(this.config), why }, "tee sends from its own address: spoofing is not possible");
      return undefined;
    }
  }

  /** Queues the datagram `bytes[start, end)` of a sender. */
  send(bytes: Uint8Array, start: number, end: number, address: string, port: number): void {
    if (this.#spoofing !== undefined) {
      const source = this.#sourceOf(address);
      if (source !== null) {
        this.#spoofing.enqueue(bytes, start, end, source, port);
        return;
      }
    }
    const batch = this.#batch;
    batch.reset(bytes);
    batch.push(start, end - start, end - start, 0);
    this.#own.enqueue(batch);
  }

  /** The address of a sender for the raw socket; null if it is of the other family. */
  #sourceOf(address: string): Uint8Array | null {
    const known = this.#sources.get(address);
    if (known !== undefined) return known;
    const plain = address.split("%")[0]!;
    const bytes = parseIp(plain);
    const fits = bytes !== undefined && !plain.includes(":") === this.#isIpv4;
    const source = fits ? (this.#isIpv4 ? bytes.slice(12) : bytes) : null;
    if (this.#sources.size >= SOURCES_MOST) this.#sources.clear();
    this.#sources.set(address, source);
    return source;
  }

  flush(): void {
    this.#own.flush();
    this.#spoofing?.flush();
  }

  counters(): TeeCounters {
    const own = this.#own.stats();
    const raw = this.#spoofing?.stats();
    return {
      sent: own.datagramsSent + (raw?.datagramsSent ?? 0),
      dropped: own.overflowed + (raw?.overflowed ?? 0),
      refused: own.sendErrors + own.refused + (raw?.sendErrors ?? 0) + (raw?.refused ?? 0),
    };
  }

  close(): void {
    this.#own.close();
    this.#spoofing?.close();
  }
}

type InetAddress = SocketAddress & { readonly family: "inet" | "inet6" };

function socketAddress({ host, port }: TeeConfig): InetAddress {
  const bytes = parseIp(host)!;
  const inet = { port, flowInfo: 0, scopeId: 0 };
  return host.includes(":")
    ? { family: "inet6", address: bytes, ...inet }
    : { family: "inet", address: bytes.subarray(12), ...inet };
}

/** `udp://192.0.2.1:2055`. */
export function teeName({ host, port }: TeeConfig): string {
  return `udp://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
