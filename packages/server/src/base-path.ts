import { getPath } from "hono/utils/url";

/** A path without the base path in front of it; any other path as it is. */
export function withoutBase(path: string, basePath: string): string {
  if (basePath === "" || !path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === "") return "/";
  return rest.startsWith("/") ? rest : path;
}

/** The path of a request as the routes know it: some proxies take the base path away, others do not. */
export function routePath(basePath: string): (request: Request) => string {
  return (request) => withoutBase(getPath(request), basePath);
}
