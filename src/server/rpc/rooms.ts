/**
 * Memory for messages that come in pieces, used again: the system clears fresh memory page by page,
 * which takes longer than all else that is done with a megabyte.
 *
 * Only the bytes that came are ever read of a room, so what was in it before is seen by nobody.
 *
 * @module
 */

/** Smaller ones cost less to make than to keep. */
const ROOM_BYTES_MIN = 256 * 1024;
/** Rooms of all connections that wait to be used again. */
const KEPT_BYTES_MAX = 64 * 2 ** 20;

/** Rooms for all connections of a door. */
export class Rooms {
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;
  /** How many look into each room that is out; one that is forgotten is the collector's. */
  readonly #users = new WeakMap<ArrayBuffer, number>();

  /** Returns a room of at least so many bytes; what is in it is anything. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    // The first that is not much larger: a small message does not hold on to a large room.
    const at = this.#free.findIndex(
      ({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes,
    );
    const [room] = at < 0 ? [] : this.#free.splice(at, 1);
    if (room) this.#bytes -= room.byteLength;
    const taken = room ? new Uint8Array(room) : new Uint8Array(bytes);
    this.#users.set(taken.buffer, 1);
    return taken;
  }

  /** One more looks into a room; a buffer that is none of ours is let be. */
  share(room: ArrayBuffer): void {
    const users = this.#users.get(room);
    if (users !== undefined) this.#users.set(room, users + 1);
  }

  /** One of those who look into a room does no more; behind the last one it is used again. */
  give(room: ArrayBuffer): void {
    const users = this.#users.get(room);
    if (users === undefined) return;
    if (users > 1) return void this.#users.set(room, users - 1);
    this.#users.delete(room);
    const { byteLength } = room;
    if (byteLength < ROOM_BYTES_MIN || this.#bytes + byteLength > KEPT_BYTES_MAX) return;
    this.#free.push(room);
    this.#bytes += byteLength;
  }
}
