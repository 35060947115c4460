/** A page of the documentation, as the build lists it. */
export interface DocsEntry {
  /** Its address below `/docs`; empty for the index. A Japanese page ends in `.ja`, that of the index is `index.ja`. */
  readonly name: string;
  readonly title: string;
  /** Headings of the second and third level, with their anchors. */
  readonly headings: readonly (readonly [text: string, id: string])[];
  /** The text as HTML. */
  readonly load: () => Promise<{ readonly default: string }>;
}

/** The folders of the documentation in the order in which they are listed; other pages come last. */
export const FOLDERS = ["tutorials", "how-to", "reference", "decisions", "packages"] as const;
export type Folder = (typeof FOLDERS)[number] | "more";

const JA = ".ja";

export function isJapanese(name: string): boolean {
  return name.endsWith(JA);
}

/** The page in the language of the reader: the Japanese one where it exists, otherwise the one that was asked for. */
export function pageFor(pages: readonly DocsEntry[], name: string, language: string): DocsEntry | undefined {
  const japanese = language === "ja" ? pages.find((page) => page.name === `${name || "index"}${JA}`) : undefined;
  return japanese ?? pages.find((page) => page.name === name);
}

/** The pages by folder, each once: in Japanese for readers of it, where there is a page. */
export function foldersOf(
  pages: readonly DocsEntry[],
  language: string,
): readonly (readonly [Folder, readonly DocsEntry[]])[] {
  const folderOf = (name: string): Folder => FOLDERS.find((folder) => name.startsWith(`${folder}/`)) ?? "more";
  const shown = pages
    .filter(({ name }) => name !== "" && !isJapanese(name))
    .map((page) => pageFor(pages, page.name, language)!);
  return [...FOLDERS, "more" as const].flatMap((folder) => {
    const of = shown.filter(({ name }) => folderOf(name) === folder);
    return of.length === 0 ? [] : [[folder, of.toSorted((a, b) => a.title.localeCompare(b.title))] as const];
  });
}

/** A page that has what was searched for: in its title, or in a heading, which it leads to. */
export interface Found {
  readonly page: DocsEntry;
  readonly heading?: readonly [text: string, id: string];
}

/** Titles before headings; every word has to be there. At most `most`. */
export function searchDocs(pages: readonly DocsEntry[], text: string, most: number): readonly Found[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const has = (...of: string[]): boolean => words.every((word) => of.join(" ").toLowerCase().includes(word));
  const titles = pages.filter(({ title }) => has(title)).map((page) => ({ page }));
  const headings = pages.flatMap((page) =>
    page.headings
      .filter(([heading]) => has(page.title, heading) && !has(page.title))
      .map((heading) => ({ page, heading })),
  );
  return [...titles, ...headings].slice(0, most);
}
