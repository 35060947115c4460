import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./command.ts";

/** What a page needs around its commands: a running demo, or nothing. */
export type Setting = "demo" | "none";

/** A block of shell commands of a page. */
export interface ShellBlock {
  /** Path of the page, relative to the checkout. */
  readonly page: string;
  readonly line: number;
  readonly script: string;
  readonly setting: Setting;
  /** Why the block is not run by the tests; undefined when it is. */
  readonly notRun: string | undefined;
}

/** The pages that people read: README, CONTRIBUTING and everything under docs/. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  const first = ["README.md", "README.ja.md", "CONTRIBUTING.md"].filter((page) => existsSync(join(ROOT, page)));
  return [...first, ...docs.filter((path) => path.endsWith(".md")).map((path) => `docs/${path}`)];
}

/**
 * The ```sh blocks of a page. A comment before a block says what the tests need to know: `<!-- with: demo -->` or
 * `<!-- run: no, why -->`.
 */
export function shellBlocks(page: string): ShellBlock[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const found: ShellBlock[] = [];
  for (const match of text.matchAll(/(?:<!-- (with|run): ([^>]*?) -->\n\n?)?```sh\n([\s\S]*?)```/g)) {
    const [, kind, value = "", script = ""] = match;
    found.push({
      page,
      line: text.slice(0, match.index).split("\n").length,
      script,
      setting: kind === "with" ? (value as Setting) : "none",
      notRun: kind === "run" ? value.replace(/^no, /, "") : undefined,
    });
  }
  return found;
}
