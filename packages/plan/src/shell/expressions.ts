/** Most steps that an expression may take at its worst. */
const MAX_STEPS = 3e8;

/**
 * A regular expression of a script, in the syntax of JavaScript, for texts of at most `length` characters. Undefined
 * when it is none, and when it could take very long: JavaScript tries all ways to match, so that a repeated group with
 * a repetition or a choice inside (`(a+)+`), or many repetitions one behind the other, have no end to speak of.
 */
export function boundedExpression(source: string, flags: string, length: number): RegExp | undefined {
  if (!endsSoon(source, Math.max(length, 1))) return undefined;
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

/** A piece of an expression: an escape, a bracket expression, a quantifier, or a character. */
const PIECE = /\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[^]/g;

function endsSoon(source: string, length: number): boolean {
  /** For each open group: whether something in it can match in several ways. */
  const open: boolean[] = [false];
  let closed = false;
  let ways = 1;
  let repetitions = 0;
  for (const [piece] of source.matchAll(PIECE)) {
    const repeats = piece === "*" || piece === "+" || /^\{(?:\d+,|\d{2,}|\d+,\d{2,})\}$/.test(piece);
    if (piece === "(") open.push(false);
    else if (piece === ")") {
      closed = open.length > 1 ? open.pop()! : false;
      if (closed) open[open.length - 1] = true;
      continue;
    } else if (piece === "|") open[open.length - 1] = true;
    else if (repeats) {
      if (closed) return false;
      open[open.length - 1] = true;
      ways = (ways * length) / ++repetitions;
    }
    closed = false;
  }
  return ways <= MAX_STEPS;
}
