/** Packets that go through the engine together. */
export const GROUP_PACKETS = 128;
