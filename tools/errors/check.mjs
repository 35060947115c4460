import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "testdata"]);
/** The only modules that derive a class from NgflowError by hand. */
const CLASS_FILES = new Set(["packages/base/src/error.ts", "packages/os/src/linux-errno.ts"]);
const CODE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MEANING = /^[A-Z`].*[.]$/;

/** Sources of the packages and apps, without tests, as paths relative to `root`. */
function sourcesOf(root) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name) && entry.name !== "testing") walk(path);
      else if (entry.isFile() && /[.]ts$/.test(path) && !/[.](test|bench|d)[.]ts$/.test(path)) found.push(path);
    }
  };
  for (const folder of ["packages", "apps"].filter((each) => existsSync(join(root, each)))) walk(folder);
  return found.sort();
}

/** The modules that hold the error tables. */
export const tablePaths = (root) => sourcesOf(root).filter((path) => path.endsWith("/errors.ts"));

const parse = (path, text) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

function bare(expression) {
  let inner = expression;
  while (inner !== undefined && (ts.isAsExpression(inner) || ts.isSatisfiesExpression(inner))) inner = inner.expression;
  return inner;
}

/** The rows of the tables named `…_ERRORS`: `{ table, code, meaning, line }`. */
function rowsOf(file) {
  const rows = [];
  for (const statement of file.statements.filter(ts.isVariableStatement)) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      const object = bare(initializer);
      if (!name.getText().endsWith("_ERRORS") || object === undefined || !ts.isObjectLiteralExpression(object))
        continue;
      for (const row of object.properties.filter(ts.isPropertyAssignment)) {
        const meaning = row.initializer.properties?.find((each) => each.name?.getText() === "meaning")?.initializer;
        const line = file.getLineAndCharacterOfPosition(row.getStart()).line + 1;
        rows.push({ table: name.getText(), code: row.name.text, meaning: meaning?.text ?? "", line });
      }
    }
  }
  return rows;
}

/** Every code that a module throws or makes an error of, and whether a class of it extends NgflowError. */
function factsOf(file) {
  const codes = new Set();
  let derives = false;
  const collect = (node) => {
    if (ts.isStringLiteralLike(node)) codes.add(node.text);
    ts.forEachChild(node, collect);
  };
  const visit = (node) => {
    const isError = ts.isNewExpression(node) && node.expression.getText().endsWith("Error");
    const isSuper = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword;
    if ((isError || isSuper) && node.arguments?.[0] !== undefined) collect(node.arguments[0]);
    if (ts.isHeritageClause(node) && node.types.some(({ expression }) => expression.getText() === "NgflowError")) {
      derives ||= node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { codes, derives };
}

/**
 * Compares the error tables with the sources: each code is kebab-case, is in one table, has a sentence as its meaning,
 * and is thrown by its package. No class but those of `errorClass` is an NgflowError. The compiler checks that only
 * codes of a table are thrown.
 * @param {string} root absolute path of the checkout
 * @returns {{ codes: number, tables: number, violations: string[] }}
 */
export function checkErrors(root) {
  const used = new Set();
  const rows = [];
  const violations = [];
  for (const path of sourcesOf(root)) {
    const file = parse(path, readFileSync(join(root, path), "utf8"));
    const workspace = path.split("/", 2).join("/");
    const { codes, derives } = factsOf(file);
    for (const code of codes) used.add(code).add(`${workspace} ${code}`);
    if (derives && !CLASS_FILES.has(path)) {
      violations.push(`${path}: extends NgflowError; derive the class from errorClass(TABLE)`);
    }
    if (path.endsWith("/errors.ts")) rows.push(...rowsOf(file).map((row) => ({ ...row, path, workspace })));
  }
  const first = new Map();
  for (const { table, code, meaning, line, path, workspace } of rows) {
    const place = `${path}:${line}: ${code}`;
    // Codes of the API have their own namespace, and errors of other packages become errors of the API.
    const [key, use] = table === "API_ERRORS" ? [`API ${code}`, code] : [code, `${workspace} ${code}`];
    if (!CODE.test(code)) violations.push(`${place}: a code is words in lower case with hyphens between`);
    if (!MEANING.test(meaning)) violations.push(`${place}: the meaning is not a sentence`);
    if (first.has(key)) violations.push(`${place}: ${first.get(key)} has this code already`);
    else first.set(key, `${path}:${line}`);
    if (!used.has(use)) violations.push(`${place}: nothing in ${workspace} fails with this code`);
  }
  return { codes: rows.length, tables: new Set(rows.map(({ path, table }) => path + table)).size, violations };
}
