import { createHash } from "node:crypto";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 32rem; margin: 15vh auto 0; padding: 0 1rem; }
input, button { font: inherit; padding: 0.4rem 0.6rem; }
input { width: 20rem; max-width: 100%; }
.wrong { color: #c62828; font-weight: 600; }
`;

/** The pages here run no script and load nothing. Their form sends the token to this server. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Asks for the token, in English and Japanese, and then opens `target`, an address without token. `wrong`: the token
 * that was given is not the right one.
 */
export function signInPage({ wrong, target }: { readonly wrong: boolean; readonly target: URL }): string {
  const kept = [...target.searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const refused = `<p class="wrong" role="alert">This token is not right. <span lang="ja">トークンが違います。</span></p>`;
  return document(
    "Sign in – ngflow",
    `<h1>ngflow</h1>
${wrong ? refused : ""}<p>This console needs the token that its server was started with (<code>--http-token-file</code>).</p>
<p lang="ja">この画面を見るには、サーバーの起動時に指定したトークン (<code>--http-token-file</code>) が必要です。</p>
<form action="${escaped(target.pathname)}" method="get">
${kept.join("")}
<p><label for="token">Token / <span lang="ja">トークン</span></label><br>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in / <span lang="ja">サインイン</span></button></p>
</form>`,
  );
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
${body}
</body>
</html>
`;
}
