export declare const sharedFolder: string;
