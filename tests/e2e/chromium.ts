import { existsSync } from "node:fs";

/** The browser of the Debian package; the tests bring none of their own. */
export const CHROMIUM = "/usr/bin/chromium";

/** The reason to skip a test that needs the browser: undefined when it is there. */
export function absentBrowser(): string | undefined {
  return existsSync(CHROMIUM) ? undefined : `not installed: ${CHROMIUM}`;
}

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
