import { RelayedError } from "@ngflow/base";
import { expect, test } from "vitest";
import { createServer } from "../server.ts";
import { quietDeps } from "../testing/quiet-deps.ts";
import type { Explain, ExplainAnswer } from "./explain.ts";

const ANSWER: ExplainAnswer = { judgement: "ok", interfaces: [], findings: [], cuts: [], scenes: [], notes: [] };

async function post(explain: Explain | undefined, body: unknown, headers: Record<string, string> = {}) {
  const server = createServer(
    { host: "127.0.0.1", port: 0, staticDir: null },
    { ...quietDeps(), ...(explain && { explain }) },
  );
  const text = JSON.stringify(body);
  const response = await server.fetch(
    new Request("http://127.0.0.1/api/v1/explain", {
      method: "POST",
      headers: {
        host: "127.0.0.1",
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(text)),
        ...headers,
      },
      body: text,
    }),
  );
  return { status: response.status, json: (await response.json()) as { error?: { code: string } } };
}

test("a script is handed on with the defaults of what was not sent", async () => {
  const asked: unknown[] = [];
  const { status, json } = await post(async (question) => (asked.push(question), ANSWER), { script: "list\n" });
  expect([status, json]).toEqual([200, ANSWER]);
  expect(asked).toEqual([{ script: "list\n", theme: "light", args: [], set: {} }]);
});

test.each([
  ["no script", {}, {}, 400, "bad-request"],
  ["a script that is too long", { script: "x".repeat(200_001) }, {}, 400, "bad-request"],
  ["values with odd names", { script: "x", set: { "a b": "c" } }, {}, 400, "bad-request"],
  ["another type", { script: "x" }, { "content-type": "text/plain" }, 413, "body-refused"],
  ["a page of another site", { script: "x" }, { origin: "http://evil.example" }, 403, "foreign-origin"],
])("%s is refused", async (_, body, headers, status, code) => {
  const answered = await post(async () => ANSWER, body, headers);
  expect([answered.status, answered.json.error?.code]).toEqual([status, code]);
});

test("a script that cannot be tried, a full queue and a server without a model say which", async () => {
  const failing: Explain = () =>
    Promise.reject(new RelayedError({ code: "script-ended", message: "too long", exit: 1 }));
  expect(await post(failing, { script: "x" })).toMatchObject({
    status: 422,
    json: { error: { code: "explain-failed" } },
  });
  const busy = await post(async () => "busy", { script: "x" });
  expect([busy.status, busy.json.error?.code]).toEqual([503, "server-busy"]);
  expect((await post(undefined, { script: "x" })).status).toBe(404);
});
