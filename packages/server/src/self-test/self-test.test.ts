import { expect, test } from "vitest";
import type { AuditEntry } from "../access/audit.ts";
import { createServer } from "../server.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import type { SelfTest, SelfTestAnswer } from "./self-test.ts";

const ANSWER: SelfTestAnswer = {
  passed: false,
  steps: [{ step: "collector", state: "failed", ms: 1, text: "no collector runs here" }],
  filter: "Proto = 253",
};

async function post(
  selfTest: SelfTest | undefined,
  init: RequestInit = {},
  audit: (entry: AuditEntry) => void = () => {},
) {
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    { ...quietDeps(), audit, ...(selfTest && { selfTest }) },
  );
  const { headers = {}, ...rest } = init;
  const request = new Request("http://127.0.0.1/api/v1/self-test", {
    method: "POST",
    headers: { host: "127.0.0.1", ...(headers as Record<string, string>) },
    ...rest,
  });
  const response = await server.fetch(request);
  const json = (await response.json()) as { error?: { code: string } };
  return { status: response.status, json, code: json.error?.code };
}

test("answers with what was found at each step, and notes who asked", async () => {
  const noted: AuditEntry[] = [];
  const { status, json } = await post(
    async () => ANSWER,
    {},
    (entry) => noted.push(entry),
  );
  expect([status, json]).toEqual([200, ANSWER]);
  expect(noted.map(({ did }) => did)).toEqual(["self-test"]);
});

test("one at a time; none without a way to send; nothing from another site, with a body, or by GET", async () => {
  expect(await post(async () => "busy")).toMatchObject({ status: 503, code: "server-busy" });
  expect(await post(undefined)).toMatchObject({ status: 404, code: "not-found" });
  const from = { headers: { origin: "http://evil.example" } };
  expect(await post(async () => ANSWER, from)).toMatchObject({ status: 403, code: "foreign-origin" });
  const body = { body: "x", headers: { "content-length": "1" } };
  expect(await post(async () => ANSWER, body)).toMatchObject({ status: 413, code: "body-refused" });
  expect((await post(async () => ANSWER, { method: "GET" })).status).toBe(404);
});
