/**
 * An empty module, for parts of a package that an isolate has no use for.
 *
 * @module
 */

export default {};
