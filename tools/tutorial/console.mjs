// Takes the tutorial's pictures of the console, light and dark, from a running `ngflow demo` in Debian's chromium:
// `node tools/tutorial/console.mjs`. Run it by hand when the console has changed: pictures of live traffic
// always differ, so no check covers them.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "../workspaces.mjs";

const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
/** By then the chart has its first minute, and the tables have their first hundred flows. */
const TRAFFIC_MS = 75_000;
const SIZE = { width: 1200, height: 1000 };

const folder = mkdtempSync(join(tmpdir(), "ngflow-pictures-"));
const pictures = join(root, "docs", "tutorials", "console");
mkdirSync(pictures, { recursive: true });
const own = ["--data", join(folder, "data"), "--control", join(folder, "control.sock"), "--http", "127.0.0.1:0"];
const demo = spawn(process.execPath, [join(root, "apps/ngflow/bin/ngflow.js"), "demo", ...own], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const url = await new Promise((resolve, reject) => {
    let said = "";
    demo.stdout.on("data", (chunk) => {
      said += chunk;
      const found = /http:\/\/\S+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    demo.once("exit", () => reject(new Error(`ngflow demo ended: ${said}`)));
  });
  await new Promise((resolve) => {
    setTimeout(resolve, TRAFFIC_MS);
  });
  const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: "/usr/bin/chromium",
    args: FLAGS.split(" "),
    viewport: SIZE,
  });
  const page = await browser.newPage();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${url}`);
    await page.getByText("Live graph").first().waitFor();
    await page.waitForTimeout(3000);
    await page.screenshot({ path: join(pictures, `${colorScheme}.png`) });
  }
  await browser.close();
} finally {
  demo.kill("SIGTERM");
  await new Promise((resolve) => {
    demo.once("exit", resolve);
  });
  rmSync(folder, { recursive: true, force: true });
}
