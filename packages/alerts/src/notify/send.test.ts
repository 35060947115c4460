import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readAlerts } from "../config.ts";
import type { Notice, NoticeAlert } from "./notice.ts";
import { Outbox, MOST_WAITING } from "./outbox.ts";
import { send } from "./send.ts";
import type { Channel } from "./channel.ts";

const ALERT: NoticeAlert = {
  ...{ id: "upload-1", rule: "upload", condition: "threshold", severity: "critical", description: "Call the NOC." },
  ...{ group: { SrcAddr: "10.0.0.9" }, labels: { team: "noc", "on-call": "a" }, state: "firing" },
  ...{ sinceMs: Date.UTC(2026, 0, 5, 10), firedMs: Date.UTC(2026, 0, 5, 10, 5), resolvedMs: null, ended: null },
  ...{ clearMs: null, value: 1.234e8, reference: 1e8, peak: 2e8, lost: ["sequence-gap"], judgedMs: 0 },
};
const NOTICE: Notice = { id: "n1", channel: "c", alerts: [ALERT], test: false, madeMs: Date.UTC(2026, 0, 5, 10, 6) };
const OVER: NoticeAlert = { ...ALERT, state: "resolved", resolvedMs: Date.UTC(2026, 0, 5, 11) };

const folder = mkdtempSync(join(tmpdir(), "ngflow-notify-"));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const channel = (settings: object): Channel =>
  readAlerts({ "allow-commands": true, notify: { c: settings } }).channels["c"]!;

interface Posted {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

let http: Server;
let smtp: SMTPServer;
let base = "";
let smtpUrl = "";
let posted: Posted[] = [];
let mails: { readonly to: string[]; readonly text: string; readonly user: string }[] = [];
/** What the HTTP server does next. */
let status = 200;

beforeAll(async () => {
  http = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ url: request.url!, headers: request.headers, body: JSON.parse(body) });
      if (status === 0) return;
      response.writeHead(status, { location: "/elsewhere" }).end("no such hook");
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  smtp = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: ({ username = "", password }, _, done) =>
      password === "secret" ? done(null, { user: username }) : done(new Error("wrong password")),
    onData(stream, session, done) {
      void text(stream).then((content) => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: content, user: String((session as { user?: unknown }).user ?? "") });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", () => resolve()));
  const listening = smtp.server.address() as AddressInfo;
  smtpUrl = `smtp://127.0.0.1:${listening.port}`;
});

afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  [posted, mails, status] = [[], [], 200];
});

describe("a webhook", () => {
  test("gets all of it as JSON, with a token of a file", async () => {
    const token = file("token", "abc\n");
    await send(channel({ type: "webhook", url: `${base}/hook`, "token-file": token }), NOTICE);
    expect(posted[0]!.headers.authorization).toBe("Bearer abc");
    expect(posted[0]!.body).toMatchObject({
      ...{ version: 1, id: "n1", test: false },
      subject:
        "[critical] upload SrcAddr=10.0.0.9: 123M (100M), since 2026-01-05T10:00:00.000Z; known losses: sequence-gap",
      alerts: [{ id: "upload-1", since: "2026-01-05T10:00:00.000Z", resolved: null, description: "Call the NOC." }],
    });
  });

  test("gets a text as chats take it, and what Alertmanager takes", async () => {
    await send(channel({ type: "webhook", url: base, format: "chat" }), { ...NOTICE, alerts: [ALERT, OVER] });
    const { text: said } = posted[0]!.body as { readonly text: string };
    expect(said).toMatch(/^\[critical\] upload .*\n {2}Call the NOC\.\n\[resolved\] upload .* to 2026-01-05T11:00/);
    const url = file("url", `${base}/api/v2/alerts`);
    await send(channel({ type: "webhook", "url-file": url, format: "alertmanager" }), { ...NOTICE, alerts: [OVER] });
    expect(posted[1]).toMatchObject({
      url: "/api/v2/alerts",
      body: [
        {
          labels: { alertname: "upload", severity: "critical", SrcAddr: "10.0.0.9", on_call: "a", team: "noc" },
          startsAt: "2026-01-05T10:00:00.000Z",
          endsAt: "2026-01-05T11:00:00.000Z",
        },
      ],
    });
  });

  test("that refuses, redirects, is silent or absent is a failure that does not say its address", async () => {
    const hook = (more: object = {}): Channel => channel({ type: "webhook", url: `${base}/key-1`, ...more });
    status = 404;
    await expect(send(hook(), NOTICE)).rejects.toThrow(/^status 404: no such hook$/);
    status = 302;
    await expect(send(hook(), NOTICE)).rejects.not.toThrow(/key-1/);
    status = 0;
    await expect(send(hook({ timeout: "1s" }), NOTICE)).rejects.toThrow(/^no answer in time$/);
    const absent = channel({ type: "webhook", url: "http://127.0.0.1:1/key-1" });
    await expect(send(absent, NOTICE)).rejects.toMatchObject({ code: "alert-not-sent" });
    await expect(send(channel({ type: "webhook", "url-file": join(folder, "none") }), NOTICE)).rejects.toMatchObject({
      code: "alert-secret",
    });
  });
});

describe("e-mail", () => {
  const settings = (): object => ({
    type: "email",
    server: smtpUrl,
    from: "ngflow@example.net",
    to: ["noc@example.net"],
  });

  test("has what it is about in the subject, and everything in the text", async () => {
    const password = file("password", "secret\n");
    await send(channel({ ...settings(), user: "ngflow", "password-file": password }), NOTICE);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ to: ["noc@example.net"], user: "ngflow" });
    expect(mails[0]!.text.replaceAll(/\r\n[ \t]/g, " ")).toMatch(
      /Subject: \[critical\] upload SrcAddr=10\.0\.0\.9: 123M/,
    );
    expect(mails[0]!.text).toContain("Call the NOC.");
  });

  test("with a wrong password or without TLS where it is required is a failure", async () => {
    const wrong = file("wrong", "guess");
    await expect(send(channel({ ...settings(), user: "n", "password-file": wrong }), NOTICE)).rejects.toThrow(/wrong/);
    await expect(send(channel({ ...settings(), "require-tls": true }), NOTICE)).rejects.toMatchObject({
      code: "alert-not-sent",
    });
    expect(mails).toEqual([]);
  });
});

describe("a command", () => {
  test("reads the alerts, gets its arguments as they are, and says how it ended", async () => {
    const out = join(folder, "out.json");
    await send(channel({ type: "command", command: ["/usr/bin/tee", out] }), NOTICE);
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({ id: "n1", alerts: [{ rule: "upload" }] });
    const fails = channel({ type: "command", command: ["/bin/sh", "-c", "echo $0 >&2; exit 3", "$(id);"] });
    await expect(send(fails, NOTICE)).rejects.toThrow(/^ended with 3: \$\(id\);$/);
    const slow = channel({ type: "command", command: ["/bin/sleep", "30"], timeout: "1s" });
    await expect(send(slow, NOTICE)).rejects.toThrow(/did not end in time/);
    await expect(send(channel({ type: "command", command: ["/no/such"] }), NOTICE)).rejects.toThrow(/ENOENT/);
  });
});

describe("the outbox", () => {
  const quiet = { info() {}, warn() {}, error() {} };

  test("tries again later, in order, and keeps what waits", async () => {
    let nowMs = 1000;
    let kept = 0;
    const channels = { c: channel({ type: "webhook", url: base }) };
    const deps = { channels: () => channels, send, keep: () => void kept++, log: quiet, nowMs: () => nowMs };
    const outbox = new Outbox(deps);
    outbox.add({ ...NOTICE, id: "first", madeMs: nowMs });
    outbox.add({ ...NOTICE, id: "second", madeMs: nowMs });
    status = 503;
    await outbox.work();
    await outbox.work();
    expect([posted.length, outbox.waiting.length, outbox.failures.get("c")]).toEqual([
      1,
      2,
      "status 503: no such hook",
    ]);
    status = 200;
    const restarted = new Outbox(deps, outbox.waiting);
    nowMs += 1000;
    await restarted.work();
    await restarted.work();
    expect(posted.map(({ body }) => (body as Notice).id)).toEqual(["first", "first", "second"]);
    expect(restarted.waiting).toEqual([]);
    expect([restarted.counters.sent, outbox.counters.failedTries, kept]).toEqual([2, 1, 3]);
  });

  test("gives up after a day, and drops the oldest when too many wait", async () => {
    let nowMs = 1000;
    const channels = { c: channel({ type: "webhook", url: base }) };
    const outbox = new Outbox({ channels: () => channels, send, keep() {}, log: quiet, nowMs: () => nowMs });
    for (let i = 0; i < MOST_WAITING + 3; i++) outbox.add({ ...NOTICE, id: `n${i}`, madeMs: nowMs });
    expect([outbox.waiting.length, outbox.waiting[0]!.notice.id, outbox.counters.dropped]).toEqual([
      MOST_WAITING,
      "n3",
      3,
    ]);
    status = 500;
    nowMs += 90_000_000;
    await outbox.work();
    expect([outbox.waiting.length, outbox.counters.givenUp]).toEqual([MOST_WAITING - 1, 1]);
  });
});
