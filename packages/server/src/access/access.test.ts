import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import type { ServerConfig } from "../config.ts";
import { createServer, type Server } from "../server.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import { rawGet } from "../testing/raw-get.ts";

const TOKEN = "0123456789abcdef-secret";
const DATA = ["/api/v1/columns", "/api/v1/query", "/api/v1/events", "/api/v1/openapi.json", "/api/nothing", "/metrics"];

const root = mkdtempSync(join(tmpdir(), "ngflow-access-"));
writeFileSync(join(root, "index.html"), "<!doctype html><title>console</title>");
afterAll(() => rmSync(root, { recursive: true }));

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

function make(config: Partial<ServerConfig> = {}): Server {
  const server = createServer({ host: "127.0.0.1", port: 0, staticDir: root, ...config }, quietDeps());
  running.push(server);
  return server;
}

const codeOf = (text: string): string => (JSON.parse(text) as { error: { code: string } }).error.code;

/** An IPv4 address of this machine that is not loopback. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === "IPv4" && !address.internal)?.address;

test.each(["0.0.0.0", "::", "", "192.0.2.1", "2001:db8::1", "flows.example"])(
  "%s is not served without a token or leave",
  (host) => {
    expect(() => make({ host })).toThrow(expect.objectContaining({ code: "http-open", exit: 78 }));
    expect(() => make({ host, token: TOKEN })).not.toThrow();
    expect(() => make({ host, allowInsecure: true })).not.toThrow();
  },
);

test.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("%s needs neither", (host) => {
  expect(() => make({ host })).not.toThrow();
});

test.each(["short", "fifteen-charact", "has a space in it, long", "zwölf Zeichen und mehr", ""])(
  "%j is not a token",
  (token) => {
    expect(() => make({ token })).toThrow(expect.objectContaining({ code: "http-token", exit: 78 }));
  },
);

test("where it listens is said as it is", async () => {
  const port = (url: string): string => new URL(url).port;
  const local = await make().start();
  expect(local).toEqual({
    url: `http://127.0.0.1:${port(local.url)}`,
    listening: `127.0.0.1:${port(local.url)} (only this machine)`,
  });
  const all = await make({ host: "0.0.0.0", token: TOKEN }).start();
  expect(all).toEqual({
    url: `http://127.0.0.1:${port(all.url)}`,
    listening: `0.0.0.0:${port(all.url)} (every address of this machine)`,
  });
});

test("only names of this machine are served, on every address", async () => {
  const { url } = await make({ host: "0.0.0.0", allowInsecure: true, allowedHosts: ["Flows.example"] }).start();
  const { port } = new URL(url);
  const asked = (host: string, to = "127.0.0.1") => rawGet(`http://${to}:${port}/api/v1/columns`, { host });
  for (const host of ["localhost", `127.0.0.1:${port}`, `[::1]:${port}`, "a.localhost", "flows.EXAMPLE:443"]) {
    expect((await asked(host)).status, host).toBe(200);
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example", "192.0.2.77", "0.0.0.0", "localhost.evil.example"]) {
    const refused = await asked(host);
    expect([refused.status, codeOf(refused.text)], host).toEqual([403, "forbidden-host"]);
  }
  if (ownAddress !== undefined) {
    expect((await asked(`${ownAddress}:${port}`, ownAddress)).status).toBe(200);
    expect((await asked(ownAddress)).status, "an address that the connection did not come to").toBe(403);
  }
  const metrics = await rawGet(`${url}/metrics`);
  expect(metrics.text).toContain(`\nngflow_server_forbidden_host_total ${ownAddress === undefined ? 5 : 6}\n`);
});

test("pages of other sites get no data, and may link to the console", async () => {
  const { url } = await make().start();
  const { host } = new URL(url);
  const follow = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const refused: [string, Record<string, string>][] = [
    ["/api/v1/query", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["/api/v1/query", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ["/api/v1/query", { "sec-fetch-site": "cross-site", ...follow }],
    ["/metrics", { "sec-fetch-site": "cross-site", ...follow }],
    ["/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ["/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" }],
    ["/api/v1/columns", { origin: "https://evil.example" }],
    ["/api/v1/columns", { origin: "null" }],
    ["/api/v1/columns", { origin: `http://localhost:1` }],
  ];
  for (const [path, headers] of refused) {
    const answer = await rawGet(url + path, { host, ...headers });
    expect([path, headers, answer.status, codeOf(answer.text)]).toEqual([path, headers, 403, "foreign-origin"]);
  }
  const served: [string, Record<string, string>][] = [
    ["/", { "sec-fetch-site": "cross-site", ...follow }],
    ["/flows?range=5m", { "sec-fetch-site": "same-site", ...follow }],
    ["/api/v1/columns", { "sec-fetch-site": "none", ...follow }],
    ["/api/v1/columns", { "sec-fetch-site": "same-origin" }],
    ["/api/v1/columns", { origin: url }],
    ["/api/v1/columns", {}],
  ];
  for (const [path, headers] of served) {
    expect([path, headers, (await rawGet(url + path, { host, ...headers })).status]).toEqual([path, headers, 200]);
  }
  expect((await rawGet(`${url}/metrics`)).text).toContain(`\nngflow_server_foreign_origin_total ${refused.length}\n`);
});

test("with a token, nothing is served without it but /healthz and /readyz", async () => {
  const { url } = await make({ token: TOKEN }).start();
  for (const authorization of [undefined, "Bearer wrong-token-wrong-token", `Basic ${TOKEN}`, TOKEN]) {
    for (const path of DATA) {
      const answer = await rawGet(url + path, authorization === undefined ? {} : { authorization });
      expect([path, answer.status, codeOf(answer.text)]).toEqual([path, 401, "unauthorized"]);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
    }
  }
  // A token in the address of data would be in logs.
  expect((await rawGet(`${url}/metrics?token=${TOKEN}`)).status).toBe(401);
  expect((await rawGet(`${url}/healthz`)).text).toBe('{"ok":true,"parts":[]}');
  expect((await rawGet(`${url}/readyz`)).text).toBe('{"ok":true,"checks":[]}');
  const metrics = await rawGet(`${url}/metrics`, { authorization: `Bearer ${TOKEN}` });
  expect(metrics.status).toBe(200);
  expect(metrics.text).toContain(`\nngflow_server_unauthorized_total ${4 * DATA.length + 1}\n`);
});

test("a browser signs in with a link, and is then known by its cookie", async () => {
  const { url } = await make({ token: TOKEN }).start();
  for (const path of ["/", "/flows", "/assets/a.js", "/?token=wrong-token-wrong-token"]) {
    const page = await rawGet(url + path);
    expect([path, page.status, page.headers["content-type"]]).toEqual([path, 401, "text/html; charset=UTF-8"]);
    expect(page.text).toContain('name="token"');
    expect(page.text).toContain("トークン");
    expect(page.headers["content-security-policy"]).toContain("form-action 'self'");
    expect(page.text.includes("違います")).toBe(path.includes("wrong"));
  }
  const kept = await rawGet(`${url}/flows?range=5m&token=wrong&filter=%22%3E%3Cscript%3E`);
  expect(kept.text).toContain('<form action="/flows" method="get">');
  expect(kept.text).toContain('<input type="hidden" name="range" value="5m">');
  expect(kept.text).toContain('name="filter" value="&quot;&gt;&lt;script&gt;"');
  expect(kept.text).not.toContain('value="wrong"');
  const signedIn = await rawGet(`${url}/flows?range=5m&token=${TOKEN}&filter=a%22%3Cb`);
  const [cookie] = signedIn.headers["set-cookie"]!;
  expect(cookie).toMatch(/^ngflow-[0-9a-f]{8}=[0-9a-f]{56}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(cookie).not.toContain(TOKEN);
  expect(signedIn.text).toContain('content="0; url=/flows?range=5m&amp;filter=a%22%3Cb"');
  expect(signedIn.text).not.toContain(TOKEN);
  const known = { cookie: cookie!.split(";")[0]! };
  expect((await rawGet(url, known)).text).toContain("<title>console</title>");
  expect((await rawGet(`${url}/api/v1/columns`, known)).status).toBe(200);
  const forged = { cookie: known.cookie.slice(0, -1) + (known.cookie.endsWith("0") ? "1" : "0") };
  expect((await rawGet(`${url}/api/v1/columns`, forged)).status).toBe(401);
  // The cookie of one token is not that of another.
  const other = await make({ token: `${TOKEN}2` }).start();
  expect((await rawGet(`${other.url}/api/v1/columns`, known)).status).toBe(401);
});

test("a link on another site opens the console of a browser that is signed in", async () => {
  const { url } = await make({ token: TOKEN }).start();
  const follow = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const first = await rawGet(`${url}//evil.example/?a=1`, { "sec-fetch-site": "cross-site", ...follow });
  expect([first.status, first.headers["set-cookie"]]).toEqual([200, undefined]);
  expect(first.text).toContain('content="0; url=/evil.example/?a=1"');
  expect((await rawGet(url, { "sec-fetch-site": "same-origin", ...follow })).status).toBe(401);
});
