import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Background, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const TOKEN = "e2e-token-0123456789abcdef";

describe.skipIf(absent !== undefined)(`signing in${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data: string;
  let serve: Background;
  let browser: Browser;
  let url: string;
  let elsewhere: Server;

  const start = async (token: string): Promise<void> => {
    writeFileSync(join(data, "token"), `${token}\n`, { mode: 0o600 });
    const http = new URL(url).host;
    serve = new Background([
      ...NGFLOW,
      "serve",
      "--data",
      data,
      "--http",
      http,
      "--http-token-file",
      join(data, "token"),
      ...SAME_USER,
    ]);
    const headers = { authorization: `Bearer ${token}` };
    await serve.until(
      "the API",
      async () => (await fetch(`${url}/api/v1/info`, { headers }).catch(() => null))?.ok === true,
    );
  };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-sign-in-"));
    url = `http://127.0.0.1:${await freeTcpPort()}`;
    await start(TOKEN);
    elsewhere = createServer((_, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<a href="${url}/graph">graph</a>`);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await serve?.stop();
    elsewhere?.close();
    rmSync(data, { recursive: true, force: true });
  });

  const field = () => browser.page.getByLabel(/^Token/);
  const signedIn = () => browser.page.getByRole("region", { name: "Filter", exact: true });

  test("the token opens the page that was asked for, and is not in its address", async () => {
    const { page } = browser;
    await page.goto(`${url}/flows?range=5m`);
    expect(await page.locator("p[lang=ja]").innerText()).toContain("トークン");
    await field().fill("not-the-token-of-this-server");
    await page.getByRole("button", { name: /^Sign in/ }).click();
    await page.getByRole("alert").waitFor();
    await field().fill(TOKEN);
    await page.getByRole("button", { name: /^Sign in/ }).click();
    await signedIn().waitFor();
    expect(page.url()).toBe(`${url}/flows?range=5m`);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await page.evaluate("fetch('/api/v1/info').then((answer) => answer.status)")).toBe(200);
  });

  test("a page elsewhere may link to the console, and gets no data", async () => {
    const { page } = browser;
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/`);
    const asked = "fetch(URL, { mode: 'no-cors', credentials: 'include' }).then((answer) => answer.type, String)";
    await page.evaluate(asked.replace("URL", JSON.stringify(`${url}/api/v1/query`)));
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await metrics.text()).toContain("\nngflow_server_foreign_origin_total 1\n");
    await page.getByRole("link", { name: "graph" }).click();
    await page.getByRole("region", { name: "Live graph", exact: true }).waitFor();
    expect(page.url()).toBe(`${url}/graph`);
  });

  test("when the token changes, the page asks for it, and a link with it signs in", async () => {
    const { page } = browser;
    await page.goto(`${url}/flows`);
    await signedIn().waitFor();
    await serve.stop();
    await start(`${TOKEN}-new`);
    await field().waitFor({ timeout: 30_000 });
    await page.goto(`${url}/?token=${TOKEN}-new`);
    await signedIn().waitFor();
    expect(page.url()).toBe(`${url}/`);
  });

  test("with a password somebody signs in, sees who that is, and signs out", async () => {
    const { page } = browser;
    const [command, ...words] = [...NGFLOW, "user", "add", "anna", "--role", "operator", "--data", data, ...SAME_USER];
    const added = spawnSync(command!, words, { input: "correct horse battery\n", encoding: "utf8" });
    expect([added.status, added.stderr]).toEqual([0, ""]);
    await browser.context.clearCookies();
    await page.goto(`${url}/flows?range=5m`);
    await page.getByLabel(/^Name/).fill("anna");
    await page.getByLabel(/^Password/).fill("not her password");
    await page
      .getByRole("button", { name: /^Sign in/ })
      .first()
      .click();
    await page.getByRole("alert").waitFor();
    expect(await page.locator("[role=alert] [lang=ja]").innerText()).toContain("パスワードが違います");
    await page.getByLabel(/^Name/).fill("anna");
    await page.getByLabel(/^Password/).fill("correct horse battery");
    await page
      .getByRole("button", { name: /^Sign in/ })
      .first()
      .click();
    await signedIn().waitFor();
    expect(page.url()).toBe(`${url}/flows?range=5m`);
    const out = page.getByRole("button", { name: /Sign out$/ });
    expect(await out.getAttribute("title")).toBe("Signed in as anna (operator)");
    await out.click();
    await page.getByLabel(/^Name/).waitFor();
  });

  test("a viewer is shown what needs another role, and that a session has ended", async () => {
    const { page } = browser;
    const user = (...words: string[]) => {
      const [command, ...all] = [...NGFLOW, "user", ...words, "--data", data, ...SAME_USER];
      const ran = spawnSync(command!, all, { input: "correct horse battery\n", encoding: "utf8" });
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
    };
    user("add", "vera", "--role", "viewer");
    await page.goto(`${url}/pipeline`);
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.getByLabel(/^Name/).fill("vera");
    await page.getByLabel(/^Password/).fill("correct horse battery");
    await page
      .getByRole("button", { name: /^Sign in/ })
      .first()
      .click();
    await page.getByText("This needs the role operator; yours is viewer.").waitFor();
    expect(await page.getByRole("button", { name: "Send a flow" }).isDisabled()).toBe(true);
    await page.goto(`${url}/alerts`);
    await page.getByText("This needs the role admin; yours is viewer.").waitFor();
    expect(await page.getByRole("button", { name: "New rule" }).count()).toBe(0);
    user("sign-out", "vera");
    await page.reload();
    expect(await page.getByRole("alert").innerText()).toContain("Your session has ended. Sign in again.");
  });
});
