import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes new files below `root`; returns their paths. @throws Error before anything is written when one exists. */
export function writeFiles(root, files) {
  const paths = Object.keys(files);
  const taken = paths.find((path) => existsSync(join(root, path)));
  if (taken !== undefined) throw new Error(`${taken} exists already`);
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), files[path]);
  }
  return paths;
}

/** Adds lines to existing files; returns the files. @throws Error when the place for a line is not found. */
export function addLines(root, lines) {
  const changed = new Set();
  for (const { file, text, place, joined } of lines) {
    const path = join(root, file);
    const before = readFileSync(path, "utf8");
    writeFileSync(path, inserted(before, text, place, file, joined));
    changed.add(file);
  }
  return [...changed];
}

/**
 * `content` with a line in its place: `"imports"`, behind the last import that begins a line, or before the first match
 * of a regular expression; `joined` when the match may be on a line with others.
 */
function inserted(content, text, place, file, joined = false) {
  const at = place === "imports" ? endOfImports(content) : content.search(place);
  if (at < 0) throw new Error(`${file}: found no place for the line ${text}`);
  if (!joined) return `${content.slice(0, at)}${text}\n${content.slice(at)}`;
  const head = content.slice(0, at).trimEnd();
  return `${head}${head.endsWith(",") ? "" : ","} ${text}${content.slice(at)}`;
}

function endOfImports(content) {
  let end = -1;
  for (const match of content.matchAll(/^(import|export) [^;]*? from "[^"]*";\n/gms)) {
    if (match[1] === "import") end = match.index + match[0].length;
  }
  return end;
}
