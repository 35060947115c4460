import type { AnswerInPieces } from "@ngflow/flows";

/** Characters of a piece, nearly. */
const PIECE_CHARS = 16_384;
/** Lists this deep in a value are written element by element; what is below is small. */
const MAX_DEPTH = 2;

/** A value as JSON, as `JSON.stringify` writes it, in pieces that take a few milliseconds each. */
export function* jsonPieces(value: unknown): Generator<string> {
  yield* gather(tokens(value, 0));
}

/** An answer with its rows as JSON, a piece per piece of rows. */
export function* answerPieces({
  frame,
  pieces,
}: AnswerInPieces<{ readonly rows: readonly object[] }>): Generator<string> {
  const text = JSON.stringify(frame);
  // Text within strings has its quotation marks escaped, so this is the empty list of the frame.
  const at = text.indexOf('"rows":[]') + '"rows":['.length;
  yield* gather(
    (function* () {
      yield text.slice(0, at);
      let comma = "";
      for (const rows of pieces) {
        if (rows.length === 0) continue;
        yield comma + JSON.stringify(rows).slice(1, -1);
        comma = ",";
      }
      yield text.slice(at);
    })(),
  );
}

function* gather(parts: Iterable<string>): Generator<string> {
  let text = "";
  for (const part of parts) {
    text += part;
    if (text.length < PIECE_CHARS) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

function* tokens(value: unknown, depth: number): Generator<string> {
  if (typeof value !== "object" || value === null || depth === MAX_DEPTH) {
    yield JSON.stringify(value) ?? "null";
  } else if (Array.isArray(value)) {
    let before = "[";
    for (const element of value) {
      yield before;
      yield* tokens(element, depth + 1);
      before = ",";
    }
    yield value.length === 0 ? "[]" : "]";
  } else {
    let before = "{";
    for (const [name, property] of Object.entries(value)) {
      if (property === undefined) continue;
      yield `${before}${JSON.stringify(name)}:`;
      yield* tokens(property, depth + 1);
      before = ",";
    }
    yield before === "{" ? "{}" : "}";
  }
}
