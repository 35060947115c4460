/** Values of the variables that a shell script has set so far; `${NAME=value}` sets one. */
export type Variables = Map<string, string>;

/**
 * The simple commands of a shell line, each as its words: quotes, backslashes and variables are honoured, redirections
 * dropped; `;`, `&`, `|` and their doubles separate commands; `#` begins a comment. Variables without a value stay as
 * they are written.
 */
export function shellCommands(line: string, variables: Variables): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let skipNext = false;
  const endWord = (): void => {
    if (word === undefined) return;
    if (skipNext) skipNext = false;
    else words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    skipNext = false;
    if (words.length > 0) commands.push(words);
    words = [];
  };
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === "'") {
      const end = line.indexOf("'", i + 1);
      word = (word ?? "") + line.slice(i + 1, end === -1 ? line.length : end);
      i = end === -1 ? line.length : end;
    } else if (char === '"') {
      const { text, end } = doubleQuoted(line, i + 1, variables);
      word = (word ?? "") + text;
      i = end;
    } else if (char === "\\") {
      if (i + 1 < line.length) word = (word ?? "") + line[++i]!;
    } else if (char === "$") {
      const { text, end } = expand(line, i, variables);
      word = (word ?? "") + text;
      i = end;
    } else if (char === "#" && word === undefined) {
      break;
    } else if (char === " " || char === "\t" || char === "\r") {
      endWord();
    } else if (char === ">" || char === "<") {
      // `2>&1`: the number belongs to the redirection.
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      while (/[<>&-]/.test(line[i + 1] ?? "")) i++;
      skipNext = true;
    } else if (char === ";" || char === "&" || char === "|") {
      endCommand();
    } else {
      word = (word ?? "") + char;
    }
  }
  endCommand();
  return commands;
}

function doubleQuoted(line: string, from: number, variables: Variables): { text: string; end: number } {
  let text = "";
  let i = from;
  for (; i < line.length && line[i] !== '"'; i++) {
    if (line[i] === "\\" && /["\\$`]/.test(line[i + 1] ?? "")) {
      text += line[++i]!;
    } else if (line[i] === "$") {
      const expanded = expand(line, i, variables);
      text += expanded.text;
      i = expanded.end;
    } else {
      text += line[i]!;
    }
  }
  return { text, end: i };
}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and the like in a text, as a here-document does. */
export function expandVariables(text: string, variables: Variables): string {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "$") {
      const expanded = expand(text, i, variables);
      result += expanded.text;
      i = expanded.end;
    } else {
      result += text[i]!;
    }
  }
  return result;
}

const REFERENCE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?([-=])([^}]*))?\})/y;

/** The text that a `$` expands to, and the index of its last character. */
function expand(text: string, at: number, variables: Variables): { text: string; end: number } {
  REFERENCE.lastIndex = at;
  const match = REFERENCE.exec(text);
  if (match === null) return { text: "$", end: at };
  const name = match[1] ?? match[2]!;
  const otherwise = match[4]?.replace(/^(["'])(.*)\1$/, "$2");
  const value = variables.get(name) ?? otherwise;
  if (match[3] === "=" && value !== undefined) variables.set(name, value);
  return { text: value ?? match[0], end: at + match[0].length - 1 };
}
