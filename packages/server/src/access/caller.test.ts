import { createHash } from "node:crypto";
import type { Ask } from "@ngflow/alerts";
import { Hono } from "hono";
import { afterEach, expect, test } from "vitest";
import { createServer, type Server } from "../server.ts";
import { inPieces } from "../testing/in-pieces.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import { NOBODY } from "./accounts.ts";
import { callerOf } from "./caller.ts";
import type { Reader } from "./reader.ts";

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

test.each<[Partial<Reader>, string | undefined, string]>([
  [{}, "127.0.0.1", "this machine"],
  [{}, "127.0.0.2", "this machine"],
  [{}, "::1", "this machine"],
  [{}, "::ffff:127.0.0.1", "this machine"],
  [{}, undefined, "this machine"],
  [{}, "192.0.2.1", "network 00000000000000000000ffffc0000201"],
  [{}, "::ffff:192.0.2.1", "network 00000000000000000000ffffc0000201"],
  [{}, "2001:db8::1", "network 20010db800000000"],
  [{}, "2001:db8::ffff:1", "network 20010db800000000"],
  [{}, "2001:db8:0:1::1", "network 20010db800000001"],
  // The token of the server may be known to many.
  [{ by: "token" }, "192.0.2.1", "network 00000000000000000000ffffc0000201"],
  [{ by: "token", name: "ann" }, "192.0.2.1", "token ann"],
  [{ by: "session", name: "ann" }, "127.0.0.1", "user ann"],
  [{ by: "proxy", name: "ann" }, "192.0.2.1", "user ann"],
])("%j from %s is %s", async (reader, remoteAddress, caller) => {
  const app = new Hono();
  app.get("/", (c) => {
    c.set("reader", { name: null, role: "admin", by: "open", ...reader });
    return c.text(callerOf(c));
  });
  const answer = await app.request("/", {}, { incoming: { socket: { remoteAddress } } });
  expect(await answer.text()).toBe(caller);
});

test("a full line of one API token has place for another, and the server has a place of its own", async () => {
  const token = (name: string) => ({
    ...{ name, role: "viewer" as const, expiresMs: null },
    sha256: createHash("sha256").update(`token-of-${name}`).digest("hex"),
  });
  const accounts = { ...NOBODY, tokens: [token("ann"), token("bob")] };
  let asked = 0;
  const reader = inPieces({
    query: () => {
      asked++;
      return new Promise(() => {});
    },
    flows: () => Promise.reject(new Error("no")),
  });
  const config = { host: "127.0.0.1", port: 0, staticDir: null, token: "0123456789abcdef", queryTimeoutMs: 600 };
  const limits = { maxRunningQueries: 1, maxWaitingQueries: 2 };
  let own: Ask = () => Promise.reject(new Error("not made"));
  const metrics = (ask: Ask) => ((own = ask), async () => []);
  const deps = { ...quietDeps(), reader, accounts: () => accounts, metrics };
  const server = createServer({ ...config, ...limits }, deps);
  running.push(server);
  const { url } = await server.start();
  const ask = async (name: string, path = "query") => {
    const headers = { authorization: `Bearer token-of-${name}` };
    const answer = await fetch(`${url}/api/v1/${path}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  const first = ask("ann");
  await expect.poll(() => asked).toBe(1);
  const waiting = [ask("ann"), ask("ann")];
  await expect.poll(async () => (await ask("bob", "pipeline")).text).toContain('"queriesWaiting":2');
  const bob = ask("bob");
  const refused = await waiting[1]!;
  expect(refused).toEqual({ status: 429, text: expect.stringContaining("2 of them yours; try again shortly") });
  expect((await ask("ann")).text).toContain("2 queries are waiting already, 1 of them yours");
  // What the server asks itself does not wait for them.
  expect(asked).toBe(1);
  const asking = own({ by: [], metric: "bytes", fromMs: 0, toMs: 1000 }).catch((error: Error) => error.message);
  await expect.poll(() => asked).toBe(2);
  expect((await first).text).toContain("no answer within 0.6 s");
  expect(await asking).toContain("no answer within 0.6 s");
  expect((await bob).text).toContain("no turn within 0.6 s");
});
