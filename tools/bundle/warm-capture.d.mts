export declare function warmCapture(): Buffer;
