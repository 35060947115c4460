import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pageName, type RenderedPage, renderPage } from "./render.ts";

/** Where the documentation begins; every page that is reached from here is part of it. */
const INDEX = "docs/README.md";

/** A page with its place in the repository. */
export interface DocsPage extends RenderedPage {
  readonly file: string;
  /** Its address below `/docs`; empty for the index. */
  readonly name: string;
}

/**
 * The index of the documentation and every Markdown file that is reached from it by links, in that order; a page in
 * English brings its Japanese one along.
 * @throws Error for a link to a file or an anchor that does not exist, with the page
 */
export function collectDocs(root: string): readonly DocsPage[] {
  const pages = new Map<string, DocsPage>();
  const waiting = [INDEX];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (pages.has(file)) continue;
    const page = renderPage(file, readFileSync(join(root, file), "utf8"));
    pages.set(file, { ...page, file, name: pageName(file) });
    const japanese = file.replace(/(?:\.ja)?\.md$/, ".ja.md");
    if (existsSync(join(root, japanese))) waiting.push(japanese);
    for (const link of page.links) {
      if (!existsSync(join(root, link.file))) throw new Error(`${file}: links to ${link.file}, which does not exist`);
      waiting.push(link.file);
    }
  }
  for (const { file, links } of pages.values())
    for (const link of links)
      if (
        link.anchor !== "" &&
        !pages.get(link.file)!.headings.some(({ id }) => id === decodeURIComponent(link.anchor))
      )
        throw new Error(`${file}: links to ${link.file}#${link.anchor}, a heading that does not exist`);
  return [...pages.values()];
}
