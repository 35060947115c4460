import { type Log, plainAddress } from "@ngflow/base";
import {
  bindDatagramSocket,
  type CollectorConfig,
  collectorSettings,
  listenError,
  StreamListener,
} from "@ngflow/collector";
import type { HostPort } from "../options/options.ts";
import type { DatagramPrinter } from "./datagram-printer.ts";

/** What to do with the datagrams and messages that come. */
interface Receipt {
  readonly take: (bytes: Uint8Array, address: string, port: number) => void;
  /** Settles when enough have come. */
  readonly enough: Promise<void>;
}

/** Prints what comes, at most `count` datagrams or messages. */
function printing(printer: DatagramPrinter, count: number): Receipt {
  let seen = 0;
  let done = (): void => {};
  const enough = new Promise<void>((resolve) => {
    done = resolve;
  });
  // What waited for a template is printed in several turns, so that more is received meanwhile.
  const printReady = (): void => {
    if (!printer.isReady) return;
    printer.step();
    if (printer.isReady) setImmediate(printReady);
  };
  const take = (bytes: Uint8Array, address: string, port: number): void => {
    if (seen >= count) return;
    seen++;
    printer.decode(bytes, address, port, 0);
    if (printer.isReady) setImmediate(printReady);
    if (seen >= count) done();
  };
  return { take, enough };
}

/**
 * Prints datagrams from a UDP port until `count` have arrived or `stop` settles.
 * @throws NgflowError with exit 71 when the port cannot be used
 */
export async function decodeListen(
  { host, port }: HostPort,
  count: number,
  printer: DatagramPrinter,
  stop: Promise<unknown>,
): Promise<void> {
  const socket = await bindDatagramSocket(host, port).catch((cause: unknown) => {
    throw listenError({ host, port }, cause);
  });
  const { take, enough } = printing(printer, count);
  socket.on("message", (bytes, from) => take(bytes, plainAddress(from.address), from.port));
  await Promise.race([enough, stop]);
  await new Promise<void>((resolve) => {
    socket.close(() => resolve());
  });
}

/**
 * Prints IPFIX messages from a TCP or TLS port until `count` have arrived or `stop` settles.
 * @throws NgflowError when the port or a file of TLS cannot be used
 */
export async function decodeStreams(
  address: HostPort,
  tls: CollectorConfig["tls"],
  count: number,
  printer: DatagramPrinter,
  log: Log,
  stop: Promise<unknown>,
): Promise<void> {
  const { take, enough } = printing(printer, count);
  const streams = await StreamListener.open(
    [address],
    collectorSettings(tls === undefined ? {} : { tls }),
    {
      message: (bytes, start, end, { address, port }) => take(bytes.subarray(start, end), address, port),
      ended: ({ address, port }) => printer.endSession(address, port),
    },
    log,
  );
  await Promise.race([enough, stop]);
  await streams.close();
}
