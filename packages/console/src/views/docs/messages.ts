import { catalogue } from "../../messages/catalogue.ts";

/** Texts around the documentation. */
export const docs = catalogue({
  en: {
    pages: "Pages of the documentation",
    index: "Overview of the documentation",
    search: "Search titles and headings",
    none: (text: string) => `No title or heading has “${text}”.`,
    noPage: (name: string) => `The documentation has no page ${name}.`,
    loading: "loading …",
    failed: "The page cannot be loaded. Is the server running? Reload to try again.",
    english: "This page is in English.",
    tutorials: "Tutorials",
    howTo: "How to",
    reference: "Reference",
    decisions: "Decisions",
    packages: "Packages",
    more: "More",
  },
  ja: {
    pages: "ドキュメントのページ",
    index: "ドキュメントの目次",
    search: "題名と見出しを検索",
    none: (text: string) => `「${text}」を含む題名や見出しはありません。`,
    noPage: (name: string) => `ドキュメントに ${name} というページはありません。`,
    loading: "読み込み中…",
    failed: "ページを読み込めません。サーバーが動いているか確かめて、再読み込みしてください。",
    english: "このページは英語版だけです。",
    tutorials: "チュートリアル",
    howTo: "手順",
    reference: "リファレンス",
    decisions: "設計上の決定",
    packages: "パッケージ",
    more: "その他",
  },
});
