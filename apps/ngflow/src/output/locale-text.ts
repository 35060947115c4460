/** What stands for the lines and signs of drawings, tables and status lines where characters are one byte. */
const ASCII: Readonly<Record<string, string>> = {
  ...Object.fromEntries([..."┌┐└┘╔╗╚╝┼"].map((corner) => [corner, "+"])),
  "─": "-",
  "═": "=",
  "│": "|",
  "║": "|",
  "╳": "x",
  "▲": "^",
  "▼": "v",
  "…": ".",
  "→": ">",
  "·": "|",
  "×": "x",
};

/** Whether the environment asks for a locale that is not UTF-8 (locale(7)); without a word about it, it is. */
function isPlainLocale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return Boolean(locale) && !/utf-?8/i.test(locale!);
}

/** A text or drawing for the locale of the environment: as it is, or with every line as one ASCII character. */
export function localeText(text: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return isPlainLocale(env) ? text.replaceAll(/[^\n -~]/g, (character) => ASCII[character] ?? character) : text;
}
