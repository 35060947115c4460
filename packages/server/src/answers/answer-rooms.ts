import type { Caller, Callers, Room } from "./callers.ts";

interface AnswerRoomsConfig {
  /** Most bytes of answers that are running or not sent yet. */
  readonly maxBytes: number;
  /** What is not sent for so long may give way. */
  readonly stalledMs: number;
}

/** Bounds the memory of answers that run or are not sent yet. */
export class AnswerRooms {
  readonly #config: AnswerRoomsConfig;
  readonly #callers: Callers;
  readonly #rooms = new Set<Room>();
  #bytes = 0;

  constructor(config: AnswerRoomsConfig, callers: Callers) {
    this.#config = config;
    this.#callers = callers;
  }

  get bytes(): number {
    return this.#bytes;
  }

  fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#config.maxBytes;
  }

  take(caller: Caller, bytes: number): Room {
    const room: Room = { caller, bytes, doneMs: null, progressMs: null, cut: () => {} };
    this.#bytes += bytes;
    this.#rooms.add(room);
    caller.rooms.add(room);
    return room;
  }

  /** The answer is there, and has this size. */
  fill(room: Room, bytes: number, nowMs: number): void {
    this.#bytes += bytes - room.bytes;
    room.bytes = bytes;
    room.doneMs = nowMs;
    room.progressMs = nowMs;
  }

  /** False if the room was given back before. */
  free(room: Room): boolean {
    if (!this.#rooms.delete(room)) return false;
    this.#bytes -= room.bytes;
    room.caller.rooms.delete(room);
    this.#callers.leave(room.caller);
    return true;
  }

  /** The answer that has to give way to a query of this caller; undefined if it has to wait. */
  givesWay(caller: Caller, bytes: number, nowMs: number): Room | undefined {
    const limitMs = nowMs - this.#config.stalledMs;
    return oldest(this.#rooms, (room) => room.progressMs, limitMs) ?? this.#beyondShare(caller, bytes, limitMs);
  }

  /** Of the caller with most room, if it keeps more than this one would get: what it has not taken for longest. */
  #beyondShare(caller: Caller, bytes: number, limitMs: number): Room | undefined {
    const largest = this.#callers.most(bytesOf);
    if (largest === undefined || largest.rooms.size < 2 || bytesOf(largest) <= bytesOf(caller) + bytes)
      return undefined;
    return oldest(largest.rooms, (room) => room.doneMs, limitMs);
  }
}

function bytesOf({ rooms }: Caller): number {
  let bytes = 0;
  for (const room of rooms) bytes += room.bytes;
  return bytes;
}

/** The room with the earliest time, of those with one up to the limit. */
function oldest(rooms: Iterable<Room>, timeOf: (room: Room) => number | null, limitMs: number): Room | undefined {
  let [found, foundMs]: [Room | undefined, number] = [undefined, limitMs];
  for (const room of rooms) {
    const timeMs = timeOf(room);
    if (timeMs === null || (found === undefined ? timeMs > foundMs : timeMs >= foundMs)) continue;
    [found, foundMs] = [room, timeMs];
  }
  return found;
}
