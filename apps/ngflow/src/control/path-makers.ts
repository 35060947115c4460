import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { join, parse, resolve, sep } from "node:path";

const STICKY = 0o1000;
const GROUP_OR_OTHERS_WRITE = 0o022;
const OTHERS_WRITE = 0o002;
/** Most symbolic links that are followed, as in Linux. */
const MAX_LINKS = 40;

/** One entry on the way to a file. */
interface Entry {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Every entry that decides what a path leads to, from the root directory on: directories, symbolic links and what they
 * lead to, and the file. Ends at the first entry that does not exist.
 */
function* entriesOf(path: string): Generator<Entry> {
  let rest = partsOf(resolve(path));
  let at = parse(resolve(path)).root;
  yield { path: at, stats: lstatSync(at) };
  for (let links = 0; rest.length > 0;) {
    const next = join(at, rest[0]!);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return;
    yield { path: next, stats };
    rest = rest.slice(1);
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MAX_LINKS) return;
    const target = resolve(at, readlinkSync(next));
    rest = [...partsOf(target), ...rest];
    at = parse(target).root;
  }
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== "");
}

/**
 * Why somebody that nobody chose may have made what is at a path: an entry on the way is in a directory where everybody
 * may make one, such as /tmp, and belongs neither to root nor to one of `trusted`. Undefined if that is not so. A
 * directory that its administrator made for another user, such as /run/ngflow, is that user's by right.
 */
export function strangersEntry(path: string, trusted: readonly number[]): string | undefined {
  let isOpenToAll = false;
  for (const { path: entry, stats } of entriesOf(path)) {
    if (isOpenToAll && stats.uid !== 0 && !trusted.includes(stats.uid)) return `${entry} belongs to user ${stats.uid}`;
    const writable = stats.isDirectory() && (stats.mode & OTHERS_WRITE) !== 0;
    if (writable && (stats.mode & STICKY) === 0) return `${entry} can be written by every user`;
    isOpenToAll = writable;
  }
  return undefined;
}

/**
 * Why somebody else than root and `uid` may change what is at a path: an entry on the way is another user's, or can be
 * written by its group or by others. Undefined if that is not so. In a directory with the sticky bit, such as /tmp,
 * only owners can replace entries.
 */
export function changeableEntry(path: string, uid: number): string | undefined {
  for (const { path: entry, stats } of entriesOf(path)) {
    if (stats.uid !== 0 && stats.uid !== uid) return `${entry} belongs to user ${stats.uid}`;
    // The bits of a symbolic link have no meaning.
    if (stats.isSymbolicLink() || (stats.mode & GROUP_OR_OTHERS_WRITE) === 0) continue;
    if (stats.isDirectory() && (stats.mode & STICKY) !== 0) continue;
    return `${entry} can be written by users other than its owner`;
  }
  return undefined;
}
