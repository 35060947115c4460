export declare function canEnclose(): boolean;
export declare function enclosed(words: readonly string[]): string[];
