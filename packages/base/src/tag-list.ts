/** A tag of a packet, as FreeBSD's mbuf_tags(9) attach them: who defined it, what it is, and its content. */
export interface PacketTag {
  readonly cookie: number;
  readonly id: number;
  readonly data: Uint8Array;
}

/** The tags of a packet, the newest first. Lists never change, so packets share them, and the ends of them. */
export interface TagList {
  readonly tag: PacketTag;
  readonly next: TagList | null;
  /** Tags in this list, this one included. */
  readonly count: number;
}
