/** Values of the parts of a path that begin with a colon, by name: `{ address: "10.0.0.1" }`. */
export type PathParams = Readonly<Record<string, string>>;

/**
 * The values in a path of a pattern (`/host/:address`), decoded; null when the path is not of the pattern. A last part
 * that begins with a star takes all the rest (`/docs/*page`).
 */
export function matchPath(pattern: string, path: string): PathParams | null {
  const [start, rest] = pattern.split("*");
  if (rest !== undefined) {
    const value = path.startsWith(start!) ? decoded(path.slice(start!.length)) : null;
    return value === null || value === "" ? null : { [rest]: value };
  }
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index]!;
    if (!part.startsWith(":")) {
      if (part !== text) return null;
      continue;
    }
    const value = decoded(text);
    if (value === null || value === "") return null;
    params[part.slice(1)] = value;
  }
  return params;
}

/** The path of a pattern with its values encoded. */
export function pathOf(pattern: `/${string}`, params: PathParams): `/${string}` {
  const path = pattern.replace(/:([a-z]+)/gi, (_, name: string) =>
    encodeURIComponent(params[name] ?? "").replaceAll("%3A", ":"),
  );
  return path as `/${string}`;
}

/** Whether a pattern has values: such a page is reached from a mark, not from the menu. */
export function hasParams(pattern: string): boolean {
  return pattern.includes("/:") || pattern.includes("/*");
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
