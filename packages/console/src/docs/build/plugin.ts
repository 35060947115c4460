import { join } from "node:path";
import type { Plugin } from "vite";
import { collectDocs, type DocsPage } from "./collect.ts";

const INDEX = "virtual:docs";
const PAGE = `${INDEX}/`;

/**
 * Makes the documentation of a repository modules: `virtual:docs` has the list of the pages, and how each is loaded.
 * Each page is a file of its own, loaded when it is read.
 */
export function docs(root: string): Plugin {
  let pages: readonly DocsPage[] | undefined;
  const all = (): readonly DocsPage[] => (pages ??= collectDocs(root));
  return {
    name: "docs",
    resolveId: (id) => (id === INDEX || id.startsWith(PAGE) ? `\0${id}` : null),
    load(id) {
      if (id === `\0${INDEX}`) return indexModule(all());
      if (!id.startsWith(`\0${PAGE}`)) return null;
      const name = id.slice(PAGE.length + 1);
      return pageModule(
        all().find((page) => page.name === name)!,
        root,
      );
    },
  };
}

function indexModule(pages: readonly DocsPage[]): string {
  const rows = pages.map(({ name, title, headings }) => {
    const parts = headings.filter(({ depth }) => depth === 2 || depth === 3).map(({ text, id }) => [text, id]);
    return `{ name: ${JSON.stringify(name)}, title: ${JSON.stringify(title)}, headings: ${JSON.stringify(parts)}, load: () => import(${JSON.stringify(PAGE + name)}) }`;
  });
  return `export const PAGES = [\n${rows.join(",\n")}\n];\n`;
}

/** The text, with the pictures at their addresses after the build. */
function pageModule({ html, pictures }: DocsPage, root: string): string {
  const imports = pictures.map((path, i) => `import picture${i} from ${JSON.stringify(`${join(root, path)}?url`)};\n`);
  const put = pictures.map((path, i) => `.replaceAll(${JSON.stringify(`"picture:${path}"`)}, '"' + picture${i} + '"')`);
  return `${imports.join("")}export default ${JSON.stringify(html)}${put.join("")};\n`;
}
