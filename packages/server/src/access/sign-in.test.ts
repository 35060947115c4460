import { createHash } from "node:crypto";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { ServerConfig } from "../config.ts";
import { createServer, type Server } from "../server.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import { type Accounts, NOBODY, type Person } from "./accounts.ts";
import type { AuditEntry } from "./audit.ts";
import { hashPassword } from "./password.ts";
import { SESSION_MS } from "./session-cookie.ts";

const PASSWORD = "correct horse battery";
let anna: Person;
beforeAll(async () => {
  anna = { name: "anna", role: "operator", password: await hashPassword(PASSWORD), sinceMs: 0 };
});

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

/** A server whose accounts and clock the test changes. */
async function serve(config: Partial<ServerConfig> = {}, accounts: Partial<Accounts> = {}) {
  const state = {
    accounts: { ...NOBODY, key: "ab".repeat(32), people: [anna], ...accounts },
    nowMs: Date.UTC(2026, 0, 2),
    audit: [] as AuditEntry[],
    url: "",
  };
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null, ...config },
    {
      ...quietDeps(),
      accounts: () => state.accounts,
      audit: (entry) => state.audit.push(entry),
      nowMs: () => state.nowMs,
    },
  );
  running.push(server);
  state.url = (await server.start()).url;
  return state;
}

function post(url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    redirect: "manual",
  });
}

async function signIn(url: string, fields: Record<string, string> = {}): Promise<string> {
  const answer = await post(`${url}/login`, { name: "anna", password: PASSWORD, ...fields });
  expect(answer.status).toBe(303);
  return answer.headers.get("set-cookie")!.split(";")[0]!;
}

async function reader(url: string, headers: Record<string, string>): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/session`, { headers });
  return answer.status === 200 ? await answer.json() : answer.status;
}

test("while nobody has an account, everybody on this machine reads", async () => {
  const { url } = await serve({}, { people: [] });
  expect(await reader(url, {})).toEqual({ name: null, role: "admin", by: "open" });
});

test("as soon as there is a user, everybody is asked, and a password opens what was asked for", async () => {
  const state = await serve({}, { people: [] });
  state.accounts = { ...state.accounts, people: [anna] };
  expect(await reader(state.url, {})).toBe(401);
  const page = await fetch(`${state.url}/explore?range=1h&filter=%22%3E%3Cscript%3E`);
  expect([page.status, page.headers.get("referrer-policy")]).toEqual([401, "same-origin"]);
  const html = await page.text();
  expect(html).toContain('<form action="/login" method="post">');
  expect(html).toContain('name="to" value="/explore?range=1h&amp;filter=%22%3E%3Cscript%3E"');
  expect(html).not.toContain('name="token"');
  const answer = await post(`${state.url}/login`, { name: "anna", password: PASSWORD, to: "/explore?range=1h" });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/explore?range=1h"]);
  const cookie = answer.headers.get("set-cookie")!;
  expect(cookie).toMatch(/; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(await reader(state.url, { cookie: cookie.split(";")[0]! })).toEqual({
    name: "anna",
    role: "operator",
    by: "session",
  });
  expect(state.audit).toEqual([{ who: "anna", address: "127.0.0.1", did: "sign-in" }]);
});

test.each(["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a b", ""])(
  "signing in does not lead to %j",
  async (to) => {
    const { url } = await serve();
    const answer = await post(`${url}/login`, { name: "anna", password: PASSWORD, to });
    expect(answer.headers.get("location")).toBe("/");
  },
);

test("a session survives a restart, and ends with time, password, person, sign-out", async () => {
  const first = await serve();
  const cookie = await signIn(first.url);
  const { accounts, nowMs } = first;
  const second = await serve({}, accounts);
  const known = async (): Promise<boolean> => (await reader(second.url, { cookie })) !== 401;
  expect(await known()).toBe(true);
  second.nowMs = nowMs + SESSION_MS;
  expect(await known()).toBe(false);
  second.nowMs = nowMs;
  for (const people of [
    [{ ...anna, sinceMs: nowMs + 1 }],
    [{ ...anna, password: await hashPassword(PASSWORD) }],
    [{ ...anna, name: "bert" }],
  ]) {
    second.accounts = { ...accounts, people };
    expect(await known()).toBe(false);
    expect(await (await fetch(second.url, { headers: { cookie } })).text()).toContain("Your session has ended.");
  }
  expect(await (await fetch(second.url)).text()).not.toContain("Your session has ended.");
  second.accounts = { ...accounts, key: "cd".repeat(32) };
  expect(await known()).toBe(false);
  second.accounts = accounts;
  expect(await known()).toBe(true);
  const [name, value] = cookie.split("=") as [string, string];
  const [, startMs, proof] = decodeURIComponent(value).split(":");
  for (const forged of [`bert:${startMs}:${proof}`, `anna:${Number(startMs) + 1}:${proof}`, "anna", ""]) {
    expect(await reader(second.url, { cookie: `${name}=${encodeURIComponent(forged)}` })).toBe(401);
  }
  const out = await post(`${second.url}/logout`, {}, { cookie });
  expect([out.status, out.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("Max-Age=0")]);
});

test("who guesses is slowed down, and nobody else", async () => {
  const state = await serve({ host: "127.0.0.1" });
  const wrong = { name: "anna", password: "wrong password" };
  for (let i = 0; i < 5; i++) expect((await post(`${state.url}/login`, wrong)).status).toBe(401);
  const slowed = await post(`${state.url}/login`, { name: "anna", password: PASSWORD });
  expect([slowed.status, slowed.headers.get("retry-after")]).toEqual([429, "12"]);
  expect(await slowed.text()).toContain("試行回数");
  state.nowMs += 12_000;
  await signIn(state.url);
  expect(state.audit.map(({ did }) => did)).toEqual([...Array(5).fill("sign-in-refused"), "sign-in"]);
});

test("more passwords at once than are tried are refused", async () => {
  const { url } = await serve();
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => post(`${url}/login`, { name: "anna", password: "wrong password" })),
  );
  const count = (status: number): number => answers.filter((answer) => answer.status === status).length;
  expect(count(401)).toBe(5);
  expect(count(429) + count(503)).toBe(25);
});

test("an unknown name is refused like a wrong password", async () => {
  const { url } = await serve();
  const texts = [];
  for (const name of ["anna", "nobody", "__proto__"]) {
    const answer = await post(`${url}/login`, { name, password: "wrong password" });
    texts.push([answer.status, await answer.text()]);
  }
  expect(new Set(texts.map(String)).size).toBe(1);
});

test("a page of another site can neither sign in nor out, and forms have a bound", async () => {
  const { url } = await serve();
  const headers = { origin: "https://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  for (const path of ["/login", "/logout"]) {
    expect((await post(url + path, { name: "anna", password: PASSWORD }, headers)).status).toBe(403);
  }
  expect((await post(`${url}/login`, { name: "a".repeat(9000) })).status).toBe(413);
  expect((await post(`${url}/explore`, { a: "1" })).status).toBe(413);
  expect((await post(`${url}/explore`, {})).status).toBe(405);
});

test("a token of a program has a role and an end", async () => {
  const token = "t".repeat(43);
  const sha256 = createHash("sha256").update(token).digest("hex");
  const state = await serve();
  state.accounts = {
    ...state.accounts,
    tokens: [{ name: "grafana", role: "viewer", sha256, expiresMs: state.nowMs + 1000 }],
  };
  const headers = { authorization: `Bearer ${token}` };
  expect(await reader(state.url, headers)).toEqual({ name: "grafana", role: "viewer", by: "token" });
  const saved = await fetch(`${state.url}/api/v1/saved/a`, {
    method: "PUT",
    headers: { ...headers, "content-type": "application/json", "if-none-match": "*" },
    body: JSON.stringify({ title: "A", kind: "filter", text: "tcp" }),
  });
  expect([saved.status, ((await saved.json()) as { error: { code: string } }).error.code]).toEqual([403, "forbidden"]);
  expect((await fetch(`${state.url}/api/v1/self-test`, { method: "POST", headers })).status).toBe(403);
  state.nowMs += 1000;
  expect(await reader(state.url, headers)).toBe(401);
});

test("the header of a proxy is believed from where it may come, and from nowhere else", async () => {
  const headers = { "x-forwarded-user": "carla" };
  const loginHeader = { header: "X-Forwarded-User", from: [], role: "viewer" } as const;
  const own = await serve({ loginHeader });
  expect(await reader(own.url, headers)).toEqual({ name: "carla", role: "viewer", by: "proxy" });
  expect(await reader(own.url, { "x-forwarded-user": "anna" })).toMatchObject({ name: "anna", role: "operator" });
  expect(await reader(own.url, { "x-forwarded-user": "a b" })).toBe(401);
  const other = await serve({ loginHeader: { ...loginHeader, from: ["192.0.2.0/24", "2001:db8::/32"] } });
  expect(await reader(other.url, headers)).toBe(401);
  const none = await serve();
  expect(await reader(none.url, headers)).toBe(401);
  expect(() =>
    createServer(
      { host: "127.0.0.1", port: 0, staticDir: null, loginHeader: { ...loginHeader, from: ["x"] } },
      quietDeps(),
    ),
  ).toThrow(expect.objectContaining({ code: "login-from" }));
});

test("an address that other machines reach is served once there is a user", async () => {
  const state = await serve({ host: "0.0.0.0" });
  expect(await reader(state.url, {})).toBe(401);
  // The last user is removed while it runs: nobody may read then, rather than everybody.
  state.accounts = { ...state.accounts, people: [] };
  expect(await reader(state.url, {})).toBe(401);
  expect(await (await fetch(state.url)).text()).toContain("ngflow user add NAME");
});

test("behind a proxy at a path, the form and where it leads have the path", async () => {
  const { url } = await serve({ host: "0.0.0.0", basePath: "/ngflow" });
  const own = url.replace("0.0.0.0", "127.0.0.1");
  for (const path of ["/ngflow/graph?from=now-1h", "/graph?from=now-1h"]) {
    const html = await (await fetch(own + path)).text();
    expect(html).toContain('<form action="/ngflow/login" method="post">');
    expect(html).toContain('name="to" value="/ngflow/graph?from=now-1h"');
  }
  for (const to of ["/ngflow/graph", "/graph"]) {
    const answer = await post(`${own}/ngflow/login`, { name: "anna", password: PASSWORD, to });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/ngflow/graph"]);
  }
  expect(
    (await post(`${own}/ngflow/login`, { name: "anna", password: PASSWORD, to: "//evil" })).headers.get("location"),
  ).toBe("/ngflow/");
  expect((await post(`${own}/logout`, {})).headers.get("location")).toBe("/ngflow/");
});
