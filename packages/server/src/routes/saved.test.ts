import { afterEach, describe, expect, test } from "vitest";
import { createServer, type Server } from "../server.ts";
import type { SavedEntry, SavedStore } from "../saved/saved.ts";
import { arrayReader } from "../testing/array-reader.ts";

/** Keeps entries in memory, with a number as the version. */
function memory(): SavedStore {
  const entries = new Map<string, SavedEntry>();
  let version = 0;
  return {
    list: () => [...entries.values()],
    read: (name) => entries.get(name) ?? null,
    write(name, saved, expected) {
      if ((entries.get(name)?.version ?? null) !== expected) return "conflict";
      if (expected === null && entries.size === 2) return "full";
      const entry = { name, version: String(++version), changed: "2026-01-02T03:04:05.000Z", ...saved };
      entries.set(name, entry);
      return entry;
    },
    remove(name, expected) {
      if (entries.get(name)?.version !== expected) return "conflict";
      entries.delete(name);
      return "removed";
    },
  };
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

function make(saved?: SavedStore): (method: string, name?: string, request?: Sent) => Promise<Got> {
  const nothing = () => {
    throw new Error("not asked");
  };
  const paths = ["/pipeline", "/graph", "/graph/history", "/exporters", "/names", "/store", "/info"] as const;
  const sources = Object.fromEntries(paths.map((path) => [path, nothing])) as never;
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    {
      reader: arrayReader([]),
      sources,
      log: { info() {}, warn() {}, error() {} },
      ...(saved === undefined ? {} : { saved }),
    },
  );
  servers.push(server);
  return async (method, name, { body, ...headers } = {}) => {
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const response = await server.fetch(
      new Request(`http://localhost/api/v1/saved${name === undefined ? "" : `/${name}`}`, {
        method,
        headers: {
          host: "localhost",
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
    return { status: response.status, etag: response.headers.get("etag"), body: JSON.parse(await response.text()) };
  };
}

interface Sent {
  readonly body?: unknown;
  readonly [header: string]: unknown;
}
interface Got {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Record<string, unknown> & { readonly error?: { readonly code: string } };
}

const NEW = { "if-none-match": "*" };
const PAGE = { title: "Office", kind: "page", text: "/explore?range=1h" };

describe("what is saved for everybody", () => {
  test("is created once, changed by who has read it, and removed", async () => {
    const ask = make(memory());
    expect(await ask("PUT", "office", { body: PAGE, ...NEW })).toMatchObject({ status: 200, etag: '"1"' });
    expect(await ask("PUT", "office", { body: PAGE, ...NEW })).toMatchObject({
      status: 412,
      body: { error: { code: "saved-conflict" } },
    });
    const changed = { ...PAGE, title: "Office, 2" };
    expect((await ask("PUT", "office", { body: changed, "if-match": '"1"' })).etag).toBe('"2"');
    // The second browser read version 1.
    expect((await ask("PUT", "office", { body: PAGE, "if-match": '"1"' })).status).toBe(412);
    expect((await ask("GET", "office")).body).toMatchObject({ ...changed, version: "2" });
    expect((await ask("DELETE", "office", { "if-match": '"1"' })).status).toBe(412);
    expect((await ask("GET")).body).toMatchObject({ saved: [{ name: "office" }] });
    expect((await ask("DELETE", "office", { "if-match": '"2"' })).status).toBe(200);
    expect((await ask("GET", "office")).status).toBe(404);
  });

  test("is never written without a condition", async () => {
    const ask = make(memory());
    expect(await ask("PUT", "a", { body: PAGE })).toMatchObject({
      status: 428,
      body: { error: { code: "condition-missing" } },
    });
  });

  test.each([
    ["a name with a slash", "..%2fx", PAGE, 400],
    ["a name in capitals", "Office", PAGE, 400],
    ["an address of another site", "a", { ...PAGE, text: "//evil.example/" }, 400],
    ["an address with a scheme", "a", { ...PAGE, text: "javascript:alert(1)" }, 400],
    ["no title", "a", { ...PAGE, title: " " }, 400],
    ["another kind", "a", { ...PAGE, kind: "script" }, 400],
    ["a long body", "a", "x".repeat(70_000), 413],
  ])("%s is refused", async (_, name, body, status) => {
    const ask = make(memory());
    expect((await ask("PUT", name, { body, ...NEW })).status).toBe(status);
    expect((await ask("GET")).body).toEqual({ saved: [] });
  });

  test("a form of another page cannot send it, nor a page of another site", async () => {
    const ask = make(memory());
    const form = { body: PAGE, ...NEW, "content-type": "text/plain" };
    expect((await ask("PUT", "a", form)).status).toBe(413);
    const foreign = { body: PAGE, ...NEW, "sec-fetch-site": "cross-site", origin: "http://evil.example" };
    expect((await ask("PUT", "a", foreign)).status).toBe(403);
    expect((await ask("POST", "a", { body: PAGE, ...NEW })).status).toBe(413);
    expect((await ask("PATCH", "a")).status).toBe(405);
  });

  test("has a bound, and a server without a place to keep it says so", async () => {
    const ask = make(memory());
    await ask("PUT", "a", { body: PAGE, ...NEW });
    await ask("PUT", "b", { body: PAGE, ...NEW });
    expect(await ask("PUT", "c", { body: PAGE, ...NEW })).toMatchObject({ status: 409 });
    expect((await make()("GET")).status).toBe(404);
  });
});
