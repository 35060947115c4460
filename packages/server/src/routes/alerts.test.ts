import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createSink, type Server as Sink } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Alerter, AlertFiles, type AlertsNow, readAlerts, type Silence } from "@ngflow/alerts";
import { silentLog } from "@ngflow/base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntry } from "../access/audit.ts";
import { ROLES } from "../access/accounts.ts";
import { createServer, type Server } from "../server.ts";
import { arrayReader } from "../testing/array-reader.ts";
import { quietDeps } from "../testing/quiet-deps.ts";

const NOW = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), "ngflow-alert-routes-"));
const flow = { Proto: "tcp", SrcAddr: "10.0.0.1", DstAddr: "10.0.0.2", DstPort: 443, packets: 1 };
/** A megabyte each minute, and a hundred for the ten minutes before now. */
const flows = Array.from({ length: 120 }, (_, i) => ({
  ...flow,
  timeMs: NOW - (i + 1) * MINUTE,
  bytes: i < 10 ? 1e8 : 1e6,
}));
const audited: AuditEntry[] = [];
let posted: string[] = [];
let sink: Sink;
let server: Server;
let alerter: Alerter;
let nowMs = NOW;

beforeAll(async () => {
  sink = createSink((request, response) => {
    void text(request).then((body) => {
      posted.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
  const config = readAlerts({
    rules: [{ name: "fixed", condition: "threshold", metric: "bytes", above: "50M", window: "1m" }],
    notify: { sink: { type: "webhook", url }, chat: { type: "webhook", url, format: "chat" } },
  });
  const tokens = ROLES.map((role) => {
    const sha256 = createHash("sha256").update(`token-of-${role}`).digest("hex");
    return { name: role, role, sha256, expiresMs: null };
  });
  const people = [{ name: "anna", role: "admin" as const, password: "$scrypt$", sinceMs: 0 }];
  server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    {
      ...quietDeps(),
      reader: arrayReader(flows),
      accounts: () => ({ key: "00", people, tokens }),
      audit: (entry) => void audited.push(entry),
      nowMs: () => nowMs,
      alerts: (ask) =>
        (alerter = new Alerter(config, {
          ask,
          files: new AlertFiles(folder, silentLog),
          log: silentLog,
          nowMs: () => nowMs,
        })),
    },
  );
});

afterAll(async () => {
  await server.stop();
  await alerter.stop();
  sink.closeAllConnections();
  sink.close();
  rmSync(folder, { recursive: true, force: true });
});

type Role = (typeof ROLES)[number];

async function ask(role: Role, method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host: "localhost",
    authorization: `Bearer token-of-${role}`,
    ...(sent && { "content-type": "application/json", "content-length": String(Buffer.byteLength(sent)) }),
    ...more,
  };
  const request = new Request(`http://localhost${path}`, { method, headers, ...(sent && { body: sent }) });
  const response = await server.fetch(request);
  const said = await response.text();
  return { status: response.status, body: (said.startsWith("{") ? JSON.parse(said) : said) as never };
}

const get = (path: string, role: Role = "viewer") => ask(role, "GET", `/api/v1/alerts${path}`);
const codeOf = ({ body }: { body: never }): string => (body as { error: { code: string } }).error.code;

describe("the alerts of a server", () => {
  test("fire, are sent once as one message, and are in history and metrics", async () => {
    await alerter.round();
    await alerter.round();
    await expect.poll(() => posted.length).toBe(2);
    const now = (await get("")).body as AlertsNow;
    expect(now.alerts).toMatchObject([{ rule: "fixed", state: "firing", value: 1e8, reference: 5e7, silent: false }]);
    expect(now.rules).toMatchObject([{ name: "fixed", source: "configuration", judgedMs: NOW - MINUTE, fault: null }]);
    const { alerts } = (await get("/history?last=1h")).body as { alerts: readonly { readonly id: string }[] };
    expect(alerts.map(({ id }) => id)).toEqual(now.alerts.map(({ id }) => id));
    expect(posted.filter((body) => body.includes('"version":1'))).toHaveLength(1);
    const metrics = (await ask("viewer", "GET", "/metrics")).body as string;
    expect(metrics).toContain("ngflow_alerts_firing 1\n");
    expect(metrics).toMatch(/ngflow_alert_windows_total \d/);
  });

  test("a rule is tried over what is stored, by its name or before it is saved", async () => {
    const named = await get("/test?rule=fixed&last=2h");
    expect(named.body).toMatchObject({ fired: 1, windows: 119, alerts: [{ sinceMs: NOW - 10 * MINUTE }] });
    const definition = { name: "lower", condition: "threshold", metric: "bytes", above: 10, window: "1m", for: "5m" };
    const given = await get(`/test?last=1h&definition=${encodeURIComponent(JSON.stringify(definition))}`);
    expect(given.body).toMatchObject({ fired: 1 });
    for (const [path, said] of [
      ["/test", "give either rule"],
      ["/test?rule=none", "no rule is named none"],
      ["/test?definition=x", "definition: not JSON"],
      ["/test?definition=%7B%22name%22:%22a%22,%22condition%22:%22los%22%7D", "did you mean loss?"],
      ["/test?rule=fixed&last=3650d", "windows; shorten it"],
    ]) {
      expect(JSON.stringify((await get(path!)).body)).toContain(said);
    }
  });

  test("rules are saved and removed by an admin who has read them, and not those of the configuration", async () => {
    const rule = { name: "mine", condition: "loss", above: 10 };
    const put = (role: Role, body: unknown, more: Record<string, string>) =>
      ask(role, "PUT", "/api/v1/alerts/rules/mine", body, more);
    const isNew = { "if-none-match": "*" };
    expect(codeOf(await put("operator", rule, isNew))).toBe("forbidden");
    expect(codeOf(await put("admin", rule, {}))).toBe("condition-missing");
    expect(codeOf(await put("admin", { ...rule, name: "other" }, isNew))).toBe("bad-request");
    expect(codeOf(await put("admin", { ...rule, abov: 1 }, isNew))).toBe("bad-request");
    const saved = (await put("admin", rule, isNew)).body as { readonly version: string };
    expect(saved).toMatchObject({ name: "mine", source: "console", by: "admin", definition: rule });
    expect(codeOf(await put("admin", rule, isNew))).toBe("saved-conflict");
    const fixed = await ask("admin", "PUT", "/api/v1/alerts/rules/fixed", { ...rule, name: "fixed" }, isNew);
    expect(codeOf(fixed)).toBe("saved-conflict");
    const reopened = new AlertFiles(folder, silentLog).rules();
    expect(reopened["mine"]!.definition).toEqual(rule);
    const remove = (version: string) =>
      ask("admin", "DELETE", "/api/v1/alerts/rules/mine", undefined, { "if-match": `"${version}"` });
    expect(codeOf(await remove("0"))).toBe("saved-conflict");
    expect((await remove(saved.version)).body).toEqual({ removed: "mine" });
    expect(codeOf(await remove(saved.version))).toBe("not-found");
    expect(audited.map(({ did }) => did)).toEqual(["alert-rule-saved", "alert-rule-removed"]);
  });

  test("an operator silences: what fires then is sent when the silence ends", async () => {
    const silence = (role: Role, body: unknown) => ask(role, "POST", "/api/v1/alerts/silences", body);
    expect(codeOf(await silence("viewer", { for: "1h" }))).toBe("forbidden");
    expect(codeOf(await silence("operator", { for: "long" }))).toBe("bad-request");
    expect(codeOf(await silence("operator", { for: "1h", rule: "fixed" }))).toBe("bad-request");
    const made = (await silence("operator", { rules: ["quiet"], for: "1h", comment: "tests" })).body as Silence;
    expect(made).toMatchObject({ rules: ["quiet"], by: "operator", fromMs: NOW, toMs: NOW + 60 * MINUTE });
    const rule = { name: "quiet", condition: "threshold", metric: "bytes", above: "60M", window: "1m" };
    await ask("admin", "PUT", "/api/v1/alerts/rules/quiet", rule, { "if-none-match": "*" });
    posted = [];
    await alerter.round();
    expect(((await get("")).body as AlertsNow).alerts.find((alert) => alert.rule === "quiet")).toMatchObject({
      ...{ state: "firing", silent: true },
    });
    expect(posted).toEqual([]);
    expect((await ask("operator", "DELETE", `/api/v1/alerts/silences/${made.id}`)).body).toMatchObject({ id: made.id });
    await alerter.round();
    await expect.poll(() => posted.length).toBe(2);
    expect(posted.join()).toContain("quiet");
  });

  test("what ends is sent as resolved, and a changed clock of the test is all that passes", async () => {
    posted = [];
    nowMs = NOW + 3 * MINUTE;
    await alerter.round();
    await expect.poll(() => posted.length).toBe(2);
    const { alerts } = JSON.parse(posted.find((body) => body.includes('"version":1'))!) as AlertsNow;
    expect(alerts.map(({ rule, state }) => `${rule} ${state}`).sort()).toEqual(["fixed resolved", "quiet resolved"]);
    nowMs = NOW;
  });

  test("a test is sent to every channel", async () => {
    posted = [];
    const fired = await ask("operator", "POST", "/api/v1/alerts/rules/fixed/fire");
    expect(fired.body).toEqual({ sent: { sink: null, chat: null } });
    expect(posted.every((body) => body.includes("[test]"))).toBe(true);
    expect(codeOf(await ask("operator", "POST", "/api/v1/alerts/rules/none/fire"))).toBe("not-found");
    expect(codeOf(await ask("admin", "POST", "/api/v1/alerts"))).toBe("method-not-allowed");
  });

  test("a server without alerts says so", async () => {
    const other = createServer({ host: "127.0.0.1", port: 0, staticDir: null }, quietDeps());
    const response = await other.fetch(
      new Request("http://localhost/api/v1/alerts", { headers: { host: "localhost" } }),
    );
    expect(response.status).toBe(404);
    await other.stop();
  });
});
