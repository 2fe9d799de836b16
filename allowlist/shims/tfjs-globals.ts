/**
 * What tfjs takes for the global object: an empty one of its own.
 *
 * It keeps its engine in a property there. On the hook's own global object that would be in sight
 * of the hook, and a second library with a tfjs in it would get this one's engine.
 *
 * @module
 */

export const self = {};
