import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

const FOLDERS = ["packages", "apps", "tools", "tests", "docs", "bench", "examples", "deploy"];
const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "output", "work"]);
const READ = /[.](ts|mjs|js|svelte|md|ngctl|ngtest)$/;

/** Every file under the folders above, and the pages at the root, as paths relative to `root`. */
function filesOf(root) {
  const found = readdirSync(root).filter((name) => name.endsWith(".md"));
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) walk(path);
      else if (entry.isFile() && READ.test(entry.name)) found.push(path);
    }
  };
  for (const folder of FOLDERS) if (existsSync(join(root, folder))) walk(folder);
  return found.sort();
}

/** The section numbers of a page's headings: `## 8. ngctl` is 8, `### 8.15 Error texts` is 8.15. */
function sectionsOf(text) {
  return new Set([...text.matchAll(/^#{2,6} (\d+(?:[.]\d+)*)[.]? /gm)].map(([, number]) => number));
}

/** Runs of lines for which `partOf` returns text, each joined to one line, with the line it starts at. */
function runsOf(text, partOf) {
  const found = [];
  let open = false;
  for (const [index, line] of text.split("\n").entries()) {
    const part = partOf(line);
    if (part !== undefined && open && part.joins) found.at(-1).text += ` ${part.text.trim()}`;
    else if (part !== undefined) found.push({ line: index + 1, text: part.text.trim() });
    open = part?.joins !== undefined;
  }
  return found;
}

/**
 * The comments of a source. Lines that hold nothing but comment and follow each other are one comment. What follows
 * `//` or a slash and an asterisk on a line of code is one too.
 */
const commentsOf = (text) =>
  runsOf(text, (line) => {
    const whole = /^\s*(\/\*+|\*|\/\/+|#|<!--)(.*)$/.exec(line);
    if (whole !== null) return { text: whole[2], joins: !whole[1].startsWith("/*") };
    const trailing = /(?:\/\/|\/\*)(.*)$/.exec(line);
    return trailing === null ? undefined : { text: trailing[1] };
  });

/** The paragraphs of a page. */
const paragraphsOf = (text) => runsOf(text, (line) => (line.trim() === "" ? undefined : { text: line, joins: true }));

const NUMBER = "(?:§|section )\\d+(?:[.]\\d+)*";
const LIST = `${NUMBER}(?:,? (?:and |or |to )?${NUMBER})*`;
/** A page and its sections: `netgraph.md §1, §2 to §4`, `netgraph.md, section 3`, a link to a page and its sections. */
const OF_PAGE = new RegExp(`(?<page>[\\w./-]+[.]md)(?:[\`\\]),]|\\([^)]*\\))* (?<list>${LIST})`, "g");
const OF_RFC = new RegExp(`RFC \\d+,? ${LIST}`, "g");

const numbersIn = (text) => [...text.matchAll(new RegExp(NUMBER, "g"))].map(([each]) => each.replace(/^\D+/, ""));

/** The sections that a text cites: with the page they follow, and the ones that follow no page and no RFC. */
function citationsOf(text) {
  const named = [...text.matchAll(OF_PAGE)].flatMap(({ groups }) =>
    numbersIn(groups.list).map((section) => ({ page: basename(groups.page), section })),
  );
  return { named, bare: text.replaceAll(OF_PAGE, "").replaceAll(OF_RFC, "") };
}

/**
 * Looks up every citation of a section, and every path of a page, in the comments and pages of a checkout. In a page, a
 * bare `§n` is a section of the page itself. In a comment it is a violation.
 * @param {string} root absolute path of the checkout
 * @returns {{ files: number, citations: number, violations: string[] }} one line for each citation that leads nowhere
 */
export function checkCitations(root) {
  const read = new Map(filesOf(root).map((path) => [path, readFileSync(join(root, path), "utf8")]));
  const docs = [...read].filter(([path]) => path.startsWith("docs/"));
  const pages = new Map();
  for (const [path, text] of docs) pages.set(basename(path), [...(pages.get(basename(path)) ?? []), text]);
  const violations = [];
  let citations = 0;

  const lookUp = (place, page, section, texts) => {
    citations += 1;
    if (texts.length === 0) violations.push(`${place}: ${page} §${section}: docs/ has no page ${page}`);
    else if (!texts.some((text) => sectionsOf(text).has(section)))
      violations.push(`${place}: ${page} §${section}: no heading of ${page} has that number`);
  };

  for (const [path, text] of read) {
    const isPage = path.endsWith(".md");
    for (const { line, text: part } of isPage ? paragraphsOf(text) : commentsOf(text)) {
      const place = `${path}:${line}`;
      const { named, bare } = citationsOf(part);
      for (const { page, section } of named) lookUp(place, page, section, pages.get(page) ?? []);
      if (isPage) {
        for (const section of numbersIn(bare.replaceAll("section ", "")))
          lookUp(place, basename(path), section, [text]);
        continue;
      }
      for (const section of numbersIn(bare)) {
        citations += 1;
        violations.push(`${place}: section ${section} of what? Name the page or the RFC in front of it`);
      }
      for (const [target] of part.matchAll(/\bdocs\/[\w./-]+[.]md\b/g)) {
        citations += 1;
        if (!existsSync(join(root, target))) violations.push(`${place}: ${target} does not exist`);
      }
    }
  }
  return { files: read.size, citations, violations };
}
