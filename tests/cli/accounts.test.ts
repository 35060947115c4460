import { execFileSync, spawnSync } from "node:child_process";
import { get } from "node:https";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, run } from "../support/command.ts";

const PASSWORD = "correct horse battery";

let directory: string;
let data: string;
let started: Background[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-accounts-"));
  data = join(directory, "data");
  started = [];
});
afterEach(async () => {
  for (const process of started) await process.stop("SIGKILL");
  rmSync(directory, { recursive: true, force: true });
});

/** `ngflow user add NAME` with a password on standard input. */
function addUser(name: string, password: string, ...words: string[]) {
  const command = [...NGFLOW, "user", "add", name, "--data", data, ...words];
  return spawnSync(command[0]!, command.slice(1), { input: `${password}\n`, encoding: "utf8" });
}

async function serve(...words: string[]): Promise<{ daemon: Background; url: string }> {
  const control = ["--control", join(directory, "control.sock")];
  const daemon = new Background([...NGFLOW, "serve", "--data", data, ...control, "--http", "0.0.0.0:0", ...words]);
  started.push(daemon);
  await daemon.until("the console", () => daemon.stdout.includes("console  "));
  return { daemon, url: /console {2}(https?:\S+)/.exec(daemon.stdout)![1]! };
}

/** The status of an answer; 0 where a connection that was kept is closed meanwhile. */
const status = (url: string, headers: Record<string, string> = {}): Promise<number> =>
  fetch(`${url}/api/v1/info`, { headers }).then(
    (answer) => answer.status,
    () => 0,
  );

test("a user signs in where other machines reach the console; removed, nobody does", async () => {
  const added = addUser("anna", PASSWORD, "--role", "operator");
  expect([added.status, added.stdout]).toEqual([0, "anna can sign in as operator\n"]);
  expect(statSync(join(data, "accounts.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(data, "accounts.json"), "utf8")).not.toContain(PASSWORD);
  const { daemon, url } = await serve();
  expect(daemon.stdout).toMatch(/asks for a user's password$/m);
  expect(await status(url)).toBe(401);
  const form = new URLSearchParams({ name: "anna", password: PASSWORD, to: "/" });
  const signedIn = await fetch(`${url}/login`, { method: "POST", body: form, redirect: "manual" });
  const cookie = signedIn.headers.get("set-cookie")!.split(";")[0]!;
  expect(await status(url, { cookie })).toBe(200);
  // Commands of the daemon's own user need no password.
  const words = ["query", "--data", data, "--metric", "flows", "--last", "1h", "--format", "json"];
  expect(JSON.parse(must([...NGFLOW, ...words]))).toHaveProperty("rows");
  const token = must([...NGFLOW, "token", "add", "grafana", "--data", data]).trim();
  const bearer = { authorization: `Bearer ${token}` };
  await daemon.until("the token", async () => (await status(url, bearer)) === 200);
  expect(readFileSync(join(data, "accounts.json"), "utf8")).not.toContain(token);
  expect(JSON.parse(must([...NGFLOW, "user", "list", "--data", data, "--json"]))).toEqual({
    users: [{ name: "anna", role: "operator" }],
  });
  must([...NGFLOW, "user", "role", "anna", "viewer", "--data", data]);
  must([...NGFLOW, "user", "remove", "anna", "--data", data]);
  await daemon.until("nobody", async () => (await status(url, { cookie })) === 401);
  await daemon.until("a refusal", async () => (await status(url)) === 401);
  const audit = readFileSync(join(data, "audit.ndjson"), "utf8").trim().split("\n");
  expect(audit.map((line) => (JSON.parse(line) as { did: string }).did)).toEqual([
    "user-added",
    "sign-in",
    "token-added",
    "user-role-viewer",
    "user-removed",
  ]);
});

test("what is wrong with an account is said, and changes nothing", () => {
  expect(addUser("anna", PASSWORD).status).toBe(0);
  const before = readFileSync(join(data, "accounts.json"), "utf8");
  const wrong: [string, string, RegExp][] = [
    ["anna", PASSWORD, /there is a user anna/],
    ["a b", PASSWORD, /"a b": a name has 1 to 64/],
    ["bert", "short", /a password has 10 to 256 characters; this one has 5/],
  ];
  for (const [name, password, message] of wrong) {
    const refused = addUser(name, password);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(message);
  }
  for (const words of [
    ["remove", "carl"],
    ["password", "carl"],
    ["role", "anna", "king"],
  ]) {
    expect(run([...NGFLOW, "user", ...words, "--data", data]).status).toBe(66);
  }
  expect(readFileSync(join(data, "accounts.json"), "utf8")).toBe(before);
});

test("accounts that cannot be read let nobody in", async () => {
  addUser("anna", PASSWORD);
  const { daemon, url } = await serve();
  writeFileSync(join(data, "accounts.json"), "{ half of it");
  // The file is looked at when somebody asks.
  await daemon.until("the warning", async () => {
    expect([0, 401]).toContain(await status(url));
    return /nobody can sign in until the file is mended/.test(daemon.stderr);
  });
});

/** GETs through TLS, trusting one certificate. */
function securely(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, agent: false, servername: "flows.example" }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once("error", reject);
  });
}

function certificate(name: string): { readonly cert: string; readonly key: string } {
  const files = { cert: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  const subject = ["-subj", "/CN=flows.example", "-addext", "subjectAltName=DNS:flows.example", "-days", "2"];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const outputs = ["-keyout", files.key, "-out", files.cert];
  execFileSync("openssl", ["req", "-x509", ...kind, ...subject, ...outputs], { stdio: "ignore" });
  return files;
}

test("HTTPS by files, for browsers and for the commands of this machine, also after they are renewed", async () => {
  const { cert, key } = certificate("first");
  addUser("anna", PASSWORD);
  const { daemon, url } = await serve("--http-cert", cert, "--http-key", key);
  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const first = readFileSync(cert, "utf8");
  expect(await securely(`${url}/api/v1/info`, first)).toBe(401);
  const words = ["query", "--data", data, "--metric", "flows", "--last", "1h", "--format", "json"];
  expect(JSON.parse(must([...NGFLOW, ...words]))).toHaveProperty("rows");
  const next = certificate("second");
  writeFileSync(key, readFileSync(next.key));
  writeFileSync(cert, readFileSync(next.cert));
  await daemon.until("the new certificate", () =>
    securely(url, readFileSync(next.cert, "utf8")).then(Boolean, () => false),
  );
  await expect(securely(url, first)).rejects.toThrow();
  expect(JSON.parse(must([...NGFLOW, ...words]))).toHaveProperty("rows");
});

test("a certificate without its key is a fault of usage, and a wrong one of configuration", () => {
  const { cert } = certificate("first");
  const start = (...words: string[]) => run([...NGFLOW, "serve", "--data", data, "--http", "127.0.0.1:0", ...words]);
  expect(start("--http-cert", cert)).toMatchObject({ status: 64, stderr: expect.stringContaining("need each other") });
  expect(start("--http-cert", cert, "--http-key", cert)).toMatchObject({
    status: 78,
    stderr: expect.stringContaining("--http-cert, --http-key:"),
  });
});
