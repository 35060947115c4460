import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createServer, type Server } from "./server.ts";
import { quietDeps } from "./testing/quiet-deps.ts";

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(headersTimeoutMs = 5000): Promise<string> {
  const server = createServer({ host: "127.0.0.1", port: 0, staticDir: null, headersTimeoutMs }, quietDeps());
  running.push(server);
  return (await server.start()).url;
}

/** What a server answers to these bytes until it closes the connection; the error of the connection, if it has one. */
function send(url: string, text: string): Promise<{ readonly answer: string; readonly error: string | null }> {
  return new Promise((resolve) => {
    let [answer, error]: [string, string | null] = ["", null];
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port) });
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
    socket.on("close", () => resolve({ answer, error }));
    socket.write(text);
  });
}

const HOST = "HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

test.each([70_000, 100_000, 1_000_000])("a request with a filter of %d bytes is refused with the limit", async (n) => {
  const url = await start();
  const { answer, error } = await send(url, `GET /api/v1/query?filter=${"a".repeat(n)} ${HOST}`);
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect([error, head.split("\r\n")[0]]).toEqual([null, "HTTP/1.1 431 Request Header Fields Too Large"]);
  expect(head).toContain("Content-Type: application/json");
  expect(JSON.parse(body)).toEqual({
    error: { code: "request-too-long", message: expect.stringContaining("at most 65536 bytes, a filter 10000 char") },
  });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("ngflow_server_requests_too_long_total 1\n");
});

test("a filter of the greatest length is read, whatever bytes it has", async () => {
  const url = await start();
  const filter = encodeURIComponent(`a = ${"[".repeat(9996)}`);
  const answer = await fetch(`${url}/api/v1/query?filter=${filter}`);
  expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
    400,
    "bad-filter",
  ]);
});

test("what is not HTTP is refused, and a request that takes too long", async () => {
  const url = await start(300);
  expect((await send(url, "hello\r\n\r\n")).answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect((await send(url, "GET / HTTP/1.1\r\nX: ")).answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
});
