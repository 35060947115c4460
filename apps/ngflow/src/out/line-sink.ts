import { type FileHandle, open } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { httpSink } from "./http-sink.ts";
import { kafkaSink } from "./kafka/kafka-sink.ts";
import { otlpSink } from "./otlp/otlp-sink.ts";
import type { OutTarget } from "./out-url.ts";
import { failed, type LineSink, reasonOf, SEND_MS } from "./sink.ts";

/** Appends to a file, which is on the disk when `send` resolves. A file that was renamed or removed is made anew. */
function fileSink(path: string): LineSink {
  let file: { readonly handle: FileHandle; readonly ino: number } | undefined;
  const drop = async (): Promise<void> => {
    const before = file;
    file = undefined;
    await before?.handle.close();
  };
  async function current(): Promise<FileHandle> {
    const handle = await open(path, "a", 0o640);
    const { ino } = await handle.stat();
    if (file?.ino === ino) {
      await handle.close();
      return file.handle;
    }
    await drop();
    file = { handle, ino };
    return handle;
  }
  return {
    async send(lines) {
      try {
        const handle = await current();
        await handle.appendFile(lines);
        await handle.datasync();
        return undefined;
      } catch (error) {
        await drop().catch(() => undefined);
        throw failed(reasonOf(error), error);
      }
    },
    close: drop,
  };
}

/** Writes to a connection, which is made again after a failure. Lines are taken when the kernel has them. */
function tcpSink(address: string): LineSink {
  const { hostname, port } = new URL(address);
  let socket: Socket | undefined;
  const drop = (): void => {
    socket?.destroy();
    socket = undefined;
  };
  async function connected(signal: AbortSignal): Promise<Socket> {
    if (socket?.writable) return socket;
    drop();
    const made = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), noDelay: true });
    // What the other side says is not read; that it ends is seen.
    made.resume();
    made.on("error", () => made.destroy());
    made.on("end", () => made.destroy());
    await new Promise<void>((resolve, reject) => {
      made.once("connect", resolve);
      made.once("error", reject);
      signal.addEventListener("abort", () => reject(new Error("no connection in time")), { once: true });
    }).catch((error: unknown) => {
      made.destroy();
      throw error;
    });
    socket = made;
    return made;
  }
  return {
    async send(lines, ending) {
      const signal = AbortSignal.any([ending, AbortSignal.timeout(SEND_MS)]);
      try {
        const to = await connected(signal);
        await new Promise<void>((resolve, reject) => {
          const stop = (): void => reject(new Error("not taken in time"));
          signal.addEventListener("abort", stop, { once: true });
          to.once("close", stop);
          to.write(lines, (error) => {
            signal.removeEventListener("abort", stop);
            to.off("close", stop);
            if (error) reject(error);
            else resolve();
          });
        });
        return undefined;
      } catch (error) {
        drop();
        throw failed(reasonOf(error), error);
      }
    },
    close: async () => drop(),
  };
}

/** What takes the lines of a destination. */
export function lineSink({ kind, address, tokenFile, kafka }: OutTarget): LineSink {
  if (kafka !== undefined) return kafkaSink(kafka);
  if (kind === "file") return fileSink(address);
  if (kind === "tcp") return tcpSink(address);
  return kind === "otlp" ? otlpSink(address, tokenFile) : httpSink(address, tokenFile);
}
