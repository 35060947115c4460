import { type Server as HttpServer, STATUS_CODES } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { MAX_FILTER_LENGTH } from "@ngflow/flows";
import { ApiError } from "./errors.ts";

/**
 * Bytes of the address and the headers of a request, at most. A filter of the greatest length fits, also if each of its
 * characters is written with three bytes (`%20`).
 */
export const MOST_HEADER_BYTES = 64 * 1024;
/** How long the rest of a refused request is read and thrown away: who is cut earlier loses the answer. */
const DRAIN_MS = 1000;

/** What Node.js answers without a listener, by the code of its error. */
const STATUS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
};

/** Answers requests that Node.js does not pass on; `onTooLong` is called for those with too long an address. */
export function answerUnparsed(http: HttpServer | HttpsServer, onTooLong: () => void): void {
  /** Connections that are answered; Node.js tells of the same error for each further piece of the request. */
  const answered = new WeakSet<Duplex>();
  http.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (answered.has(socket)) return;
    if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
    if (error.code !== "HPE_HEADER_OVERFLOW") {
      const status = STATUS[error.code ?? ""] ?? 400;
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
      return;
    }
    answered.add(socket);
    onTooLong();
    endWith(socket, tooLong());
  });
}

function tooLong(): ApiError {
  return new ApiError(
    "request-too-long",
    `the address and headers of a request have at most ${MOST_HEADER_BYTES} bytes, a filter ${MAX_FILTER_LENGTH} ` +
      "characters; put long lists of values into a file: src net in @FILE, or into the body of a POST",
  );
}

/** Answers with an error, and closes the connection when the client has read it. */
function endWith(socket: Duplex, error: ApiError): void {
  const body = JSON.stringify(error.toJson());
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    ...["Connection: close", "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`],
  ];
  socket.on("error", () => socket.destroy());
  socket.on("data", () => {});
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), DRAIN_MS);
  socket.once("close", () => clearTimeout(timer));
}
