import { createHash } from "node:crypto";
import { LOGIN_PATH } from "./paths.ts";

/** The look of the console, which these pages cannot load: its colours, its panel and its fields. */
const STYLE = `
:root { color-scheme: light dark; --page: #f4f6f9; --surface: #fff; --line: #c6ccd6; --text: #1a212b; --muted: #5b6472;
  --accent: #1f66b0; --warn: #a94400; --warn-soft: #fdeee2; font: 15px/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1218; --surface: #161b22; --line: #3b4552; --text: #e7ebf1;
  --muted: #97a1b0; --accent: #6cb0f2; --warn: #ff9d5c; --warn-soft: #35210f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); }
main { max-width: 25rem; margin: 14vh auto 2rem; padding: 1.5rem 1.75rem; background: var(--surface);
  border: 1px solid var(--line); border-radius: 10px; }
@media (max-width: 30rem) { main { margin: 4vh 0.75rem; padding: 1.25rem; } }
h1 { margin: 0 0 1rem; font-size: 1.3rem; letter-spacing: -0.02em; }
form + form { margin-top: 1.25rem; padding-top: 1rem; border-top: 1px solid var(--line); }
p { margin: 0 0 0.9rem; }
[lang="ja"] { color: var(--muted); }
button [lang="ja"], .wrong [lang="ja"] { color: inherit; }
.wrong [lang="ja"] { display: block; word-break: auto-phrase; }
input { display: block; width: 100%; height: 38px; margin-top: 2px; padding: 0 10px; background: var(--surface);
  border: 1px solid var(--line); border-radius: 7px; color: inherit; font: inherit; font-size: 16px; }
button { width: 100%; height: 40px; background: var(--accent); border: 0; border-radius: 7px; color: var(--surface);
  font: inherit; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
a { color: var(--accent); }
.wrong { padding: 8px 12px; background: var(--warn-soft); border-radius: 7px; color: var(--warn); font-weight: 600; }
`;

/** The pages here run no script and load nothing. Their forms send to this server. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Why the page asks: the token or the password is wrong, too many were tried, or a session is over. */
export type SignInFault = "token" | "password" | "slow" | "ended";

const FAULTS: Readonly<Record<SignInFault, readonly [en: string, ja: string]>> = {
  token: ["This token is not right.", "トークンが違います。"],
  password: ["The name or the password is not right.", "名前またはパスワードが違います。"],
  ended: ["Your session has ended. Sign in again.", "セッションが終了しました。もう一度サインインしてください。"],
  slow: ["Too many passwords were tried. Wait a minute.", "試行回数が多すぎます。1 分ほど待ってください。"],
};

/** What the page offers and says. */
export interface SignInText {
  /** Whether somebody has a password here. */
  readonly password: boolean;
  /** Whether the server has a token. */
  readonly token: boolean;
  readonly fault: SignInFault | null;
  /** Where to go afterwards: an address of this server without a token. */
  readonly target: URL;
  /** Where a proxy serves the console; empty for the root. */
  readonly basePath: string;
}

/** Asks who the reader is, in English and Japanese, and then opens `target`. */
export function signInPage({ password, token, fault, target, basePath }: SignInText): string {
  const refused = fault === null ? "" : `<p class="wrong" role="alert">${both(...FAULTS[fault])}</p>\n`;
  const forms = [...(password ? [passwordForm(target, basePath)] : []), ...(token ? [tokenForm(target)] : [])];
  const none = `<p>${both(
    "Nobody can sign in yet: an administrator has to run <code>ngflow user add NAME</code> on this machine.",
    "まだ利用者が登録されていません。管理者がこのマシンで <code>ngflow user add NAME</code> を実行してください。",
  )}</p>`;
  return document("Sign in – ngflow", `<h1>ngflow</h1>\n${refused}${forms.length > 0 ? forms.join("\n") : none}`);
}

function passwordForm({ pathname, search }: URL, basePath: string): string {
  return `<form action="${basePath}${LOGIN_PATH}" method="post">
<input type="hidden" name="to" value="${escaped(pathname + search)}">
<p><label for="name">${both("Name", "名前")}</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></p>
<p><label for="password">${both("Password", "パスワード")}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required></p>
<button>${both("Sign in", "サインイン")}</button>
</form>`;
}

function tokenForm({ pathname, searchParams }: URL): string {
  const kept = [...searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<form action="${escaped(pathname)}" method="get">
<p>This console takes the token that its server was started with (<code>--http-token-file</code>).</p>
<p lang="ja">サーバーの起動時に指定したトークン (<code>--http-token-file</code>) で見ることができます。</p>
${kept.join("")}
<p><label for="token">${both("Token", "トークン")}</label>
<input id="token" name="token" type="password" autocomplete="off" required></p>
<button>${both("Sign in", "サインイン")}</button>
</form>`;
}

/** A text in both languages. */
function both(en: string, ja: string): string {
  return `${en} <span lang="ja">${ja}</span>`;
}

/** A page that loads an address of this server in its own place. */
export function reloadPage({ pathname, search }: URL): string {
  const address = escaped(pathname + search);
  return document(
    "ngflow",
    `<p><a href="${address}">Open the console / <span lang="ja">画面を開く</span></a></p>`,
    `<meta http-equiv="refresh" content="0; url=${address}">`,
  );
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function document(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}
