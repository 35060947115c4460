/** How far a long action of a store is, in its units, for a person who waits. */
export type Progress = (done: number, total: number) => void;
