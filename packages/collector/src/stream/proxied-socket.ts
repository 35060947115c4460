import type { Socket } from "node:net";
import { PROXY_FIXED_BYTES, ProxyHeader } from "../listen/proxy-header.ts";

/** A proxy sends its header at once. */
const HEADER_MS = 10_000;

/**
 * Reads the header that a proxy puts in front of a stream; what follows stays in the socket. `done` is called once:
 * with the header, or undefined when it is none, or does not come in time.
 */
export function readProxyHeader(socket: Socket, done: (header: ProxyHeader | undefined) => void): void {
  const header = new ProxyHeader();
  let fixed: Buffer | undefined;
  const end = (whole: boolean): void => {
    clearTimeout(timer);
    socket.off("readable", read);
    socket.off("close", close);
    done(whole ? header : undefined);
  };
  const read = (): void => {
    fixed ??= (socket.read(PROXY_FIXED_BYTES) as Buffer | null) ?? undefined;
    if (fixed === undefined) return;
    // At the end of a stream, fewer bytes are read than were asked for.
    const rest = fixed.length < PROXY_FIXED_BYTES ? -1 : ProxyHeader.lengthOf(fixed, 0) - PROXY_FIXED_BYTES;
    if (rest < 0) {
      end(false);
      return;
    }
    const more = rest === 0 ? Buffer.alloc(0) : (socket.read(rest) as Buffer | null);
    if (more === null) return;
    const whole = Buffer.concat([fixed, more]);
    end(header.read(whole, 0, whole.length));
  };
  const close = (): void => end(false);
  const timer = setTimeout(close, HEADER_MS);
  timer.unref();
  socket.on("readable", read);
  socket.on("close", close);
}
