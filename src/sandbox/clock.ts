/**
 * The monotonic clock that all processes of a machine share: what one says, another can hold it to.
 *
 * @module
 */

/** Returns milliseconds since a moment that is the same for every process of this machine. */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
