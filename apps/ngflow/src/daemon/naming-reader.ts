import { type AnswerInPieces, dimensionByName, type PieceReader, valueByName, type ValueName } from "@ngflow/flows";
import { passOn } from "./pass-on.ts";

/** Most addresses of an answer whose names are looked for. */
const MAX_WANTED = 2000;

/** Passes on the addresses that answers have, so that their names are there for the next ones. */
export function namingReader(reader: PieceReader, want: (addresses: Iterable<string>) => void): PieceReader {
  return {
    ...passOn(reader),
    async queryInPieces(spec, options) {
      const columns = spec.by.filter((name) => {
        const dimension = dimensionByName(name);
        return typeof dimension !== "string" && dimension.masks === undefined && isAddress(dimension.value);
      });
      return watched(await reader.queryInPieces(spec, options), columns, want);
    },
    async flowsInPieces(spec, options) {
      return watched(await reader.flowsInPieces(spec, options), ["SrcAddr", "DstAddr"], want);
    },
  };
}

function isAddress(value: ValueName): boolean {
  return valueByName(value).kind === "ip";
}

type Rows<Answer> = Answer extends { readonly rows: infer All extends readonly object[] } ? All : never;

function watched<Answer extends { readonly rows: readonly object[] }>(
  answer: AnswerInPieces<Answer>,
  columns: readonly string[],
  want: (addresses: Iterable<string>) => void,
): AnswerInPieces<Answer> {
  if (columns.length === 0) return answer;
  function* pieces(): Generator<Rows<Answer>> {
    let left = MAX_WANTED;
    for (const rows of answer.pieces as Iterable<Rows<Answer>>) {
      if (left > 0) {
        const some = rows.slice(0, left) as readonly Readonly<Record<string, unknown>>[];
        left -= some.length;
        want(some.flatMap((row) => columns.map((column) => row[column])).filter((value) => typeof value === "string"));
      }
      yield rows;
    }
  }
  return { ...answer, pieces: pieces() as AnswerInPieces<Answer>["pieces"] };
}
