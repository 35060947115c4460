import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Background, NGFLOW } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { absentBrowser, type Browser, openBrowser } from "./browser.ts";

const absent = absentBrowser();
const SCREENSHOTS = fileURLToPath(new URL("output/screenshots/", import.meta.url));
const SOON = { timeout: 15_000 };
/** A name that would run if a page took it for markup. */
const SCRIPT = "<svg/onload=document.title='run'>";

describe.skipIf(absent !== undefined)(`dry run in a browser${absent === undefined ? "" : ` (${absent})`}`, () => {
  let data = "";
  let serve: Background;
  let browser: Browser;
  let url: string;

  const area = (name: string) => browser.page.getByRole("region", { name, exact: true });
  const head = () => browser.page.locator(".player .head").innerText();
  const open = async (script: string) => {
    await browser.page.goto(`${url}/explain`);
    await browser.page.getByLabel("Script", { exact: true }).fill(script);
    await browser.page.getByRole("button", { name: "Try it" }).click();
  };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "ngflow-e2e-explain-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    const http = `127.0.0.1:${await freeTcpPort()}`;
    url = `http://${http}`;
    serve = new Background([
      ...NGFLOW,
      "serve",
      "--http",
      http,
      "--data",
      join(data, "d"),
      "--control",
      join(data, "c"),
    ]);
    await serve.until("the console", () => serve.stdout.includes("console  "), 60_000);
    browser = await openBrowser();
  });
  beforeEach(() => {
    browser.complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await serve?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  test("the article's script: steps by keyboard, what is cut when, and a link that shows the same", async () => {
    const { page, context } = browser;
    await page.goto(`${url}/explain`);
    await page.getByRole("button", { name: "Put in an example" }).click();
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText("Every step would succeed.").waitFor();
    expect(await head()).toMatch(/^Step 0 of 6/);
    await page.getByRole("button", { name: "em0 inbound: cut from step 1 to step 3" }).click();
    await expect.poll(head, SOON).toMatch(/^Step 1 of 6 mkpeer em0: netflow lower iface0/);
    const picture = () => page.evaluate(`document.querySelector(".stage img").naturalWidth`);
    await expect.poll(picture, SOON).toBeGreaterThan(500);
    await page.locator(".player").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect.poll(head, SOON).toMatch(/^Step 3 of 6/);
    await page.keyboard.press("End");
    await expect.poll(head, SOON).toMatch(/^Step 6 of 6/);
    await page.keyboard.press(" ");
    await expect.poll(head, SOON).toMatch(/^Step [12] of 6/);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const other = await context.newPage();
    await other.goto(page.url());
    await other.getByText("Every step would succeed.").waitFor();
    expect(await other.getByLabel("Script", { exact: true }).inputValue()).toContain(
      "mkpeer em0: netflow lower iface0",
    );
    await other.close();
    expect(browser.complaints).toEqual([]);
  });

  test("a refused step, a shell script with its values, and no file of the server", async () => {
    const { page } = browser;
    await open("mkpeer em0: netfow lower iface0\n");
    await page.getByText("A step would be refused.").waitFor();
    await page.goto(`${url}/explain`);
    await page
      .getByLabel("Script", { exact: true })
      .fill('#!/bin/sh\n[ "$1" = start ] && ngctl mkpeer $IF: netflow lower iface0\n');
    await page.getByLabel("Arguments ($1 …)").fill("start");
    await page.getByLabel("Values (NAME=VALUE …)").fill("IF");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.getByText('"IF" is not NAME=VALUE').waitFor();
    await page.getByLabel("Values (NAME=VALUE …)").fill("IF=em7");
    await page.getByRole("button", { name: "Try it" }).click();
    await page.keyboard.press("Tab");
    await expect.poll(() => area("What is cut when").innerText(), SOON).toContain("em7 inbound");
    expect(browser.complaints).toEqual([]);
  });

  test("names that look like markup are text, in both themes and languages, wide and narrow", async () => {
    const { page } = browser;
    for (const [scheme, width, language, tryIt] of [
      ["light", 1440, "en", "Try it"],
      ["dark", 390, "ja", "試す"],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(`${url}/explain`);
      await page.evaluate(`localStorage.setItem("ngflow-language", "${language}")`);
      await page.reload();
      await page
        .locator("textarea")
        .fill(`mkpeer em0: netflow lower iface0\nname em0:lower ${SCRIPT}\nconnect em0: ${SCRIPT}: upper out0\n`);
      await page.getByRole("button", { name: tryIt }).click();
      await page.locator(".stage img").waitFor();
      await page.locator(".player").focus();
      await page.keyboard.press("End");
      await expect.poll(() => page.locator(".player .head").innerText(), SOON).toMatch(/Step 3 of 3|手順 3 \/ 3/);
      expect(await page.title()).not.toBe("run");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      await page.screenshot({ path: `${SCREENSHOTS}explain-${scheme}-${width}-${language}.png`, fullPage: true });
    }
    await page.evaluate("localStorage.clear()");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    expect(browser.complaints).toEqual([]);
  });
});
