/**
 * Where the WebAssembly meter (`packages/nodes/wasm`, compiled to WebAssembly) and TypeScript find what they share:
 * byte offsets into blocks of one linear memory. Both compile this file, so its constants have no types of their own.
 */

/** Table block: pointers, then the numbers that both sides change. 32 bits each. */
export const TABLE_RECORDS = 0;
export const TABLE_INDEX = 4;
export const TABLE_INDEX_MASK = 8;
export const TABLE_INDEX_SHIFT = 12;
export const TABLE_LIVE = 16;
/** First record of the list of freed ones, 0 for none; the first word of a freed record is the next. */
export const TABLE_FREE = 20;
/** One past the largest record number that was ever in use. */
export const TABLE_UNUSED = 24;
export const TABLE_POOL = 28;
export const TABLE_TAILS = 32;
export const TABLE_FILLS = 36;
export const TABLE_FREE_CHUNK = 40;
export const TABLE_UNUSED_CHUNK = 44;
export const TABLE_BLOCK_BYTES = 48;

/** A record: its key, then these, in bytes after the key. Bytes and times (microseconds) are doubles. */
export const RECORD_PACKETS = 0;
export const RECORD_TCP_FLAGS = 4;
export const RECORD_BYTES = 8;
export const RECORD_FIRST = 16;
export const RECORD_LAST = 24;
export const RECORD_HASH = 32;
export const RECORD_WHEEL = 36;
/** VLANs of the key, as `vlansOf` has them. Not with the rest of the key: the doubles above are on multiples of 8. */
export const RECORD_VLANS = 40;
/** Packets at which a flow ends, so that the 32 bits have room for those of a last frame (65,535 segments at most). */
export const PACKETS_LIMIT = 0xffff0000;
/** Bytes of key and record by address family. */
export const KEY4_BYTES = 16;
export const KEY6_BYTES = 40;
export const STRIDE4_BYTES = 64;
export const STRIDE6_BYTES = 96;

/** A chunk of the expiry wheel: the chunk before it in its bucket, the bucket, and entries. */
export const CHUNK_BYTES = 256;
export const CHUNK_ENTRIES = 62;
export const CHUNK_FIRST_ENTRY_BYTES = 8;

/** Control block. Doubles first: what a group of packets is compared with. */
export const CONTROL_NEXT_CHECK = 0;
export const CONTROL_INACTIVE = 8;
export const CONTROL_ACTIVE = 16;
export const CONTROL_BYTES_LIMIT = 24;
/** Pointers to one double per address family. */
export const CONTROL_ACCOUNTED_PACKETS = 32;
export const CONTROL_ACCOUNTED_BYTES = 36;
/** Pointers to table blocks. */
export const CONTROL_TABLE4 = 40;
export const CONTROL_TABLE6 = 44;
/** Pointers to the columns of parsed packets. */
export const CONTROL_KIND = 48;
export const CONTROL_ADDRESSES = 52;
export const CONTROL_PORTS = 56;
export const CONTROL_META = 60;
export const CONTROL_BYTES = 64;
export const CONTROL_TCP_FLAGS = 68;
export const CONTROL_HASHES = 72;
export const CONTROL_SLOTS = 76;
export const CONTROL_TIMES = 80;
/** Bucket of the wheel for new flows. */
export const CONTROL_FIRST_BUCKET = 84;
/** Most flows of both tables. */
export const CONTROL_MAX_FLOWS = 88;
/** Keeps the touching loads alive. */
export const CONTROL_TOUCHED = 92;
export const CONTROL_OFFSETS = 96;
export const CONTROL_LENGTHS = 100;
export const CONTROL_WIRE_LENGTHS = 104;
export const CONTROL_FAMILY = 108;
/** Numbers of records that leave, their end reasons, and room for what they are in a datagram. */
export const CONTROL_LEAVING = 112;
export const CONTROL_REASONS = 116;
export const CONTROL_STAGING = 120;
/** Columns of the observation table. */
export const CONTROL_INPUT_IF = 124;
export const CONTROL_OUTPUT_IF = 128;
export const CONTROL_DIRECTION = 132;
/** Unix milliseconds, a double. */
export const CONTROL_BOOT_MS = 136;
export const CONTROL_VLANS = 144;
/** Columns of fragments, and how many there are. */
export const CONTROL_FRAGMENT_ROWS = 148;
export const CONTROL_FRAGMENT_IDS = 152;
export const CONTROL_FRAGMENT_LATER = 156;
export const CONTROL_FRAGMENTS = 160;
/** Pointers to doubles: packets skipped by reason; packets and bytes skipped by address family. */
export const CONTROL_SKIPPED_FOR = 164;
export const CONTROL_SKIPPED_PACKETS = 168;
export const CONTROL_SKIPPED_BYTES = 172;
/** Flows that ended by FIN or RST: how many, their families, and their records. */
export const CONTROL_ENDED = 176;
export const CONTROL_ENDED_FAMILIES = 180;
export const CONTROL_ENDED4 = 184;
export const CONTROL_ENDED6 = 188;
/** Flows that may end so in one `update`: `ENDED_MAX`, a group of packets, or 0. */
export const CONTROL_ENDED_MAX = 192;
/** A packet before this time is not plain. A double. */
export const CONTROL_LEAST = 200;
/** A last packet so far ahead of time is ignored. A double. */
export const CONTROL_JUMP = 208;
/** Pointers to 256 doubles: timeouts by protocol. */
export const CONTROL_INACTIVE_BY_PROTOCOL = 216;
export const CONTROL_ACTIVE_BY_PROTOCOL = 220;
/** Records of a sweep that stay, when each times out, and how many there are. */
export const CONTROL_KEPT_IDS = 224;
export const CONTROL_KEPT_TIMES = 228;
export const CONTROL_KEPT = 232;
export const CONTROL_BLOCK_BYTES = 240;
export const ENDED_MAX = 128;
/** Numbers of the reasons, the same as `SKIP_…` of @ngflow/wire. */
export const SKIP_NOT_IP = 0;
export const SKIP_TRUNCATED_LINK = 1;
export const SKIP_TRUNCATED_NETWORK = 2;
export const SKIP_TRUNCATED_TRANSPORT = 3;
export const SKIP_MALFORMED = 4;
/** Records that leave together at most, and bytes of the longest of their templates (IPFIX, IPv6, with VLANs). */
export const LEAVING_MAX = 256;
export const ENCODED_BYTES_MAX = 96;

/** Scan block: doubles first. A record of this time or later, or before the other, moves time. */
export const SCAN_NEXT = 0;
export const SCAN_LEAST = 8;
/** `latestUs` of the records that were looked at, and the time of the one that moves time. */
export const SCAN_LAST = 16;
export const SCAN_STOPPED_AT = 24;
/** Columns. */
export const SCAN_OFFSETS = 32;
export const SCAN_LENGTHS = 36;
export const SCAN_WIRE_LENGTHS = 40;
export const SCAN_TIMES = 44;
/** Which share of how many. */
export const SCAN_INDEX = 48;
export const SCAN_SHARES = 52;
/** Where the first record begins that was not looked at; how many more may be; whether it moves time. */
export const SCAN_AT = 56;
export const SCAN_LEFT = 60;
export const SCAN_STOPPED = 64;
/** A record so far before the latest is of another time. A double. */
export const SCAN_JUMP = 72;
export const SCAN_BLOCK_BYTES = 80;
/** Largest packet of a capture, the same as the reader's. */
export const CAPTURE_BYTES_MAX = 0x40000;
