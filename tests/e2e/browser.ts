import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** The browser of the Debian package; the tests bring none of their own. */
export const CHROMIUM = "/usr/bin/chromium";

/** The reason to skip a test that needs the browser: undefined when it is there. */
export function absentBrowser(): string | undefined {
  return existsSync(CHROMIUM) ? undefined : `not installed: ${CHROMIUM}`;
}

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with its own profile, and the warnings and errors of its pages. */
export interface Browser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Warnings and errors of the console, uncaught exceptions, requests without an answer. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "ngflow-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) {
      const { url } = message.location();
      complaints.push(`${message.type()}: ${message.text()}${url === "" ? "" : ` (${url})`}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`exception: ${error.message}`));
  page.setDefaultTimeout(15_000);
  return {
    context,
    page,
    complaints,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
