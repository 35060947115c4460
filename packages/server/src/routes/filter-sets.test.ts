import { expect, test } from "vitest";
import { createClient } from "../client/client.ts";
import { createServer } from "../server.ts";
import { arrayReader } from "../testing/array-reader.ts";
import { quietDeps } from "../testing/quiet-deps.ts";

const SET = "10.0.0.0/8 # ours\n2001:db8::/32\n";
const RANGE = { from: "2026-01-02", to: "2026-01-03", filter: "src net in @nets" };

/** A server, and a client of it whose bodies are sent with these headers besides. */
function connected(headers: Record<string, string> = {}) {
  const reader = arrayReader([]);
  const server = createServer({ host: "127.0.0.1", port: 0, staticDir: null }, { ...quietDeps(), reader });
  const client = createClient("http://localhost", async (url, _, json) => {
    const length = String(Buffer.byteLength(json ?? ""));
    const body = { "content-type": "application/json", "content-length": length, ...headers };
    const request = { headers: { host: "localhost", ...(json === undefined ? {} : body) } };
    const response = await server.fetch(
      new Request(url, json === undefined ? request : { ...request, method: "POST", body: json }),
    );
    return { status: response.status, body: await response.text() };
  });
  return { client, reader };
}

test("a posted question has the texts of the files that its filter names", async () => {
  const { client, reader } = connected();
  // The reader of the test knows no such filter: what it was asked is what matters.
  const asked = client.ask("/query", { ...RANGE, by: "SrcAddr" }, { nets: SET });
  await expect(asked).rejects.toMatchObject({
    code: "bad-filter",
    message: expect.stringContaining("unexpected text"),
  });
  expect(reader.specs).toMatchObject([{ by: ["SrcAddr"], filter: RANGE.filter, sets: { nets: SET } }]);
});

test.each(["/query", "/cost", "/flows", "/cost/flows"] as const)("%s says what is wrong with a file", async (path) => {
  const { client } = connected();
  await expect(client.ask(path, RANGE, { nets: "10.0.0.0/8\n10.x\n" })).rejects.toMatchObject({
    status: 400,
    message: 'filter: nets line 2: "10.x" is not a prefix, at character 12 of "src net in @nets"',
  });
  await expect(client.ask(path, RANGE, { other: SET })).rejects.toMatchObject({ code: "bad-filter", status: 400 });
  await expect(client.get(path, RANGE)).rejects.toMatchObject({ code: "bad-filter", status: 400 });
});

test.each([
  ["a body that is not JSON", { "content-type": "text/plain" }],
  ["a body that is too long", { "content-length": String(6 * 2 ** 20) }],
])("%s is refused", async (_, headers) => {
  const { client } = connected(headers);
  await expect(client.ask("/query", RANGE, { nets: SET })).rejects.toMatchObject({ code: "body-refused", status: 413 });
});

test.each(['{"sets":', `{"sets":${"[".repeat(100_000)}`, "x"])(
  "a body that does not parse is refused",
  async (body) => {
    const server = createServer({ host: "127.0.0.1", port: 0, staticDir: null }, quietDeps());
    const headers = { host: "localhost", "content-type": "application/json", "content-length": String(body.length) };
    const answer = await server.fetch(
      new Request("http://localhost/api/v1/query?by=Proto", { method: "POST", headers, body }),
    );
    expect([answer.status, (await answer.json()) as unknown]).toEqual([
      400,
      { error: { code: "bad-request", message: expect.stringContaining("the body is not JSON") } },
    ]);
  },
);

test("a body that does not arrive keeps no other waiting", async () => {
  const server = createServer({ host: "127.0.0.1", port: 0, staticDir: null }, quietDeps());
  const posted = (body: ReadableStream | string, length: number): Promise<Response> => {
    const headers = { host: "localhost", "content-type": "application/json", "content-length": String(length) };
    const query = new URLSearchParams(RANGE).toString();
    const init = { method: "POST", headers, body, duplex: "half" as const };
    return Promise.resolve(server.fetch(new Request(`http://localhost/api/v1/query?${query}`, init)));
  };
  let slow: ReadableStreamDefaultController | undefined;
  const body = new ReadableStream({ start: (controller) => void (slow = controller) });
  const first = posted(body, 100);
  const wrong = JSON.stringify({ sets: { nets: "10.x" } });
  const other = await posted(wrong, wrong.length);
  expect([other.status, await other.json()]).toMatchObject([400, { error: { code: "bad-filter" } }]);
  slow!.enqueue(new TextEncoder().encode(wrong));
  slow!.close();
  expect((await first).status).toBe(400);
});
