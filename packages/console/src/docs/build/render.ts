import { dirname, join, normalize } from "node:path";
import { Marked, type Token, type Tokens } from "marked";
import { anchors } from "./anchors.ts";

/** A heading of a page, and the anchor that links name. */
export interface Heading {
  readonly text: string;
  readonly id: string;
  /** 1 is the title of the page. */
  readonly depth: number;
}

/** A page of the documentation. */
export interface RenderedPage {
  readonly html: string;
  readonly title: string;
  readonly headings: readonly Heading[];
  /** Files of the repository that it links to, `docs/how-to/query.md`, each with the anchor or empty. */
  readonly links: readonly { readonly file: string; readonly anchor: string }[];
  /** Pictures that it shows, by the path in the repository. In the text each is `src="picture:PATH"`. */
  readonly pictures: readonly string[];
}

/**
 * The address of a page below `/docs`: its path in the repository, without `docs/` and `.md`; empty for the index, and
 * `index.ja` for the Japanese one.
 */
export function pageName(file: string): string {
  if (file === "docs/README.md") return "";
  return file
    .replace(/^docs\/README\.ja/, "index.ja")
    .replace(/^docs\//, "")
    .replace(/\.md$/, "");
}

function addressOf(file: string): string {
  const name = pageName(file);
  return name === "" ? "/docs" : `/docs/${name}`;
}

/**
 * A Markdown file as HTML. Links to other Markdown files lead to their pages, what names another file is text, links
 * elsewhere stay. HTML in the text is left out, but for the pictures of `<img>`. A heading is one level deeper than it
 * is written: the title of the window is the first.
 */
export function renderPage(file: string, markdown: string): RenderedPage {
  const marked = new Marked({ gfm: true });
  const idOf = anchors();
  const headings: Heading[] = [];
  const links: { file: string; anchor: string }[] = [];
  const pictures: string[] = [];
  const inRepository = (path: string): string => normalize(join(dirname(file), decodeURI(path)));
  const picture = (path: string, alt: string): string => {
    const from = inRepository(path);
    pictures.push(from);
    return `<img src="picture:${escaped(from)}" alt="${escaped(alt)}" loading="lazy">`;
  };
  marked.use({
    renderer: {
      heading({ tokens, depth }) {
        const text = plain(tokens);
        const id = idOf(text);
        headings.push({ text, id, depth });
        const level = Math.min(6, depth + 1);
        return `<h${level} id="${escaped(id)}">${this.parser.parseInline(tokens)}</h${level}>\n`;
      },
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        if (/^(?:https?|mailto):/.test(href)) return `<a href="${escaped(href)}" rel="noreferrer">${text}</a>`;
        const [path = "", anchor = ""] = href.split("#");
        const to = path === "" ? file : inRepository(path);
        if (!to.endsWith(".md")) return text;
        links.push({ file: to, anchor });
        const hash = anchor === "" ? "" : `#${escaped(anchor)}`;
        // From a Japanese page to its English one: a reader of Japanese asks for it.
        const asked = to === file.replace(/\.ja\.md$/, ".md") && to !== file ? "?lang=en" : "";
        return `<a href="${path === "" ? hash : `${addressOf(to)}${asked}${hash}`}">${text}</a>`;
      },
      image: ({ href, text }) => picture(href, text),
      html({ text }) {
        const [, source, alt = ""] = /<img\s+src="([^"]+)"(?:\s+alt="([^"]*)")?/.exec(text) ?? [];
        return source === undefined ? "" : `<p>${picture(source, alt)}</p>\n`;
      },
      code: ({ text }) => `<pre tabindex="0"><code>${escaped(text)}\n</code></pre>\n`,
      table(token) {
        const row = (cells: readonly Tokens.TableCell[], tag: "th" | "td"): string =>
          `<tr>${cells.map((cell) => `<${tag}${cell.align ? ` class="${cell.align}"` : ""}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("")}</tr>\n`;
        const body = token.rows.map((cells) => row(cells, "td")).join("");
        return `<div class="table" tabindex="0"><table><thead>${row(token.header, "th")}</thead><tbody>${body}</tbody></table></div>\n`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { html, title: headings[0]?.text ?? pageName(file), headings, links, pictures };
}

/** The words of a text without its marks. */
function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      "tokens" in token && token.tokens ? plain(token.tokens) : "text" in token ? unescaped(token.text) : "",
    )
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
