/**
 * The two globals of Node that jimp's code names. Only bundled code sees them, the hook does not.
 *
 * @module
 */

export { Buffer } from "buffer";

/** Enough for code that asks where it runs; it is told: nowhere in particular. */
export const process = { env: {}, versions: {}, browser: true };
