/** Where the console is served behind a proxy, without a slash at its end; empty at the root. The server writes it. */
export const BASE_PATH: string = (
  document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? ""
).replace(/^\.?\/?$|\/$/, "");

/** A path of the address bar as the views know it. */
export function viewPath(pathname: string): string {
  return pathname === BASE_PATH
    ? "/"
    : pathname.startsWith(`${BASE_PATH}/`)
      ? pathname.slice(BASE_PATH.length)
      : pathname;
}
