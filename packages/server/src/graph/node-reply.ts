/** What a node answered to a message that changes nothing: one of both is null. */
export interface NodeReply {
  /** Arguments of the reply as text, as `ngctl msg` prints them. */
  readonly reply: string | null;
  /** Why it did not answer. */
  readonly refused: string | null;
}
