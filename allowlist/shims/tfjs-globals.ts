/**
 * What tfjs finds where a browser has globals: an empty global object of its own, no WebAssembly.
 *
 * It keeps its engine in a property of that object. On the hook's own global object that would be in sight
 * of the hook, and a second library with a tfjs in it would get this one's engine.
 *
 * @module
 */

export const self = {};

/** `long`, with which tfjs hashes texts, would compile a module of its own at the first chance. */
export const WebAssembly = undefined;
